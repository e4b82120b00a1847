import hashlib

import pytest

from pleura.core.files import replacing, sha256_of, write_bytes, write_text


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


def test_a_long_name_is_no_obstacle(tmp_path):
    path = tmp_path / ("x" * 250)
    write_text(path, "fits")
    assert path.read_text("utf-8") == "fits"


def test_a_file_may_be_read_by_others(tmp_path):
    write_text(tmp_path / "t.txt", "x")
    assert (tmp_path / "t.txt").stat().st_mode & 0o777 == 0o644


def test_hash_is_sha256_of_the_content(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert sha256_of(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()
