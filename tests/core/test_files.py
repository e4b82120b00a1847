import errno
import hashlib
import os

import pytest

from pleura.core.files import replacing, sha256_of, write_bytes, write_folder, write_text


class Interruption(BaseException):
    """Stands for a kill that Python still sees."""


def write_half(path, reason):
    with replacing(path) as file:
        file.write(b"half")
        raise reason


def test_a_file_is_written_whole_and_leaves_no_neighbour(tmp_path):
    write_bytes(tmp_path / "a" / "b.bin", b"\x00\x01")
    assert (tmp_path / "a" / "b.bin").read_bytes() == b"\x00\x01"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.bin"]


def test_text_is_utf8(tmp_path):
    write_text(tmp_path / "t.txt", "Sørensen\n")
    assert (tmp_path / "t.txt").read_bytes() == "Sørensen\n".encode()


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "t.txt"
    write_text(path, "old and long")
    write_text(path, "new")
    assert path.read_text("utf-8") == "new"


def test_a_full_disk_is_told_with_the_file_that_has_no_room(tmp_path):
    path = tmp_path / "t.txt"
    with pytest.raises(OSError, match="full") as caught:
        # So says the system where a write to an open file fails.
        write_half(path, OSError(errno.ENOSPC, "full"))
    assert caught.value.filename == str(path)


@pytest.mark.parametrize("reason", [ValueError, KeyboardInterrupt, Interruption])
def test_an_interrupted_write_keeps_the_old_file_and_leaves_nothing(tmp_path, reason):
    path = tmp_path / "t.txt"
    write_text(path, "old")
    with pytest.raises(reason):
        write_half(path, reason)
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_name_appears_only_at_the_end(tmp_path):
    path = tmp_path / "t.txt"
    with replacing(path) as file:
        file.write(b"half")
        assert not path.exists()
    assert path.exists()


@pytest.mark.parametrize("name", ["x" * 255, "胸" * 85])
def test_a_long_name_is_no_obstacle(tmp_path, name):
    path = tmp_path / name
    write_text(path, "fits")
    assert path.read_text("utf-8") == "fits"


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_file_has_the_permissions_that_the_process_gives(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write_text(tmp_path / "t.txt", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "t.txt").stat().st_mode & 0o777 == mode


def test_hash_is_sha256_of_the_content(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert sha256_of(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()


def test_a_folder_is_written_whole(tmp_path):
    write_folder(tmp_path / "a" / "b" / "c", {"x": b"1", "y": b""})
    assert {path.name: path.read_bytes() for path in (tmp_path / "a" / "b" / "c").iterdir()} == {"x": b"1", "y": b""}
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["c"]


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        write_folder(tmp_path / "a", {"x": b"1", "no/such": b"2"})
    write_folder(tmp_path / "b", {"x": b"1"})
    with pytest.raises(OSError, match="not empty"):
        write_folder(tmp_path / "b", {"x": b"2"})
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b" / "x").read_bytes() == b"1"


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_took_the_name_meanwhile_stays_where_that_is_asked_for(tmp_path, monkeypatch, links):
    path = tmp_path / "t.txt"
    with replacing(path, keep=True) as file:
        file.write(b"late")
        if links:
            write_text(path, "first")
            first = path.stat().st_ino
        else:
            monkeypatch.setattr(os, "link", _no_links)
    assert path.read_text() == ("first" if links else "late")
    assert not links or path.stat().st_ino == first
    assert list(tmp_path.iterdir()) == [path]


def _no_links(*_paths):
    raise PermissionError(errno.EPERM, "this file system has no links")
