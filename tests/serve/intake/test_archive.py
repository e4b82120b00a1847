"""ZIPs: sound ones give their films, all others leave nothing."""

import io
import stat
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.serve.config import Limits
from pleura.serve.errors import ServeError
from pleura.serve.folder import DataFolder
from pleura.serve.intake.archive import unpack
from pleura.serve.intake.upload import Writing

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
SMALL = Limits(unpacked_mib=1, queue=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = DataFolder(tmp_path_factory.mktemp("around") / "data")
    folder.prepare()
    return folder


def received(folder, content):
    writing = Writing(folder.new_incoming(), 0, (1 << 20, 1 << 30))
    writing.write(content)
    return writing.end()


def unpacked(folder, content):
    """Contents of the films of a ZIP; nothing but them is left in the folder."""
    archive = received(folder, content)
    try:
        films = unpack(archive, folder, SMALL)
        contents = [film.path.read_bytes() for film in films]
        assert len(list(folder.incoming.iterdir())) == len(films) + 1
        return contents
    finally:
        folder.empty_incoming()


def refusal(folder, content):
    archive = received(folder, content)
    try:
        with pytest.raises(ServeError) as told:
            unpack(archive, folder, SMALL)
        assert list(folder.incoming.iterdir()) == [archive.path]
        assert not [path for path in folder.root.parent.iterdir() if path != folder.root]
        return told.value.code
    finally:
        folder.empty_incoming()


def zipped(entries, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def test_films_come_out_as_they_are(folder):
    assert unpacked(folder, zipped([("a/1.png", PNG), ("b/1.png", PNG + b"x"), ("c/", b"")])) == [PNG, PNG + b"x"]


def link():
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def overlapping(entries):
    """A list whose entries all share one file's packed bytes."""
    content = zipped([("a", b"\0" * 9000 + PNG)])
    at = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    listed = content[at:end] * entries
    closing = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, entries, entries, len(listed), at, 0)
    return content[:at] + listed + closing


def a_list_of(entries, told):
    """A ZIP of nothing but a list, whose end mark tells another number."""
    listed = (b"PK\x01\x02" + bytes(42)) * entries
    return b"PK\x03\x04" + listed + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, told, told, len(listed), 4, 0)


def encrypted():
    content = bytearray(zipped([("a", PNG)]))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + offset] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(zipped([("../a", PNG)]), "zip", id="up"),
        pytest.param(zipped([("/etc/a", PNG)]), "zip", id="absolute"),
        pytest.param(zipped([("C:/a", PNG)]), "zip", id="drive"),
        pytest.param(zipped([("a\\..\\..\\b", PNG)]), "zip", id="backslashes"),
        pytest.param(zipped([(link(), b"/etc/passwd")]), "zip", id="link"),
        pytest.param(zipped([("a", b"\0" * (1 << 20))]), "zip", id="ratio"),
        pytest.param(zipped([("ok", PNG), ("a", zipped([("b", PNG)]))]), "zip", id="nested"),
        pytest.param(zipped([("a", PNG)], zipfile.ZIP_LZMA), "zip", id="method"),
        pytest.param(encrypted(), "zip", id="encrypted"),
        pytest.param(overlapping(19), "zip", id="overlapping"),
        pytest.param(a_list_of(60_000, 1), "zip", id="many entries that are not told"),
        pytest.param(a_list_of(1, 1)[:-22], "zip", id="no end"),
        pytest.param(zipped([("aXb", PNG)]).replace(b"aXb", b"a\0b"), "zip", id="NUL"),
        pytest.param(zipped([("a", PNG)])[:-30], "zip", id="cut off"),
        pytest.param(zipped([(f"{n}", PNG) for n in range(21)]), "too_large", id="more than the queue"),
        pytest.param(zipped([(f"{n}", b"") for n in range(10_001)]), "zip", id="too many entries"),
        pytest.param(
            zipped([(str(n), PNG * 100) for n in range(6)], zipfile.ZIP_STORED), "too_large", id="too large unpacked"
        ),
    ],
)
def test_an_unsound_zip_is_refused_and_writes_nothing(folder, content, code):
    assert refusal(folder, content) == code


def test_the_same_name_twice_is_two_films(folder):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped([("a", PNG), ("a", PNG + b"x")])
    assert unpacked(folder, content) == [PNG, PNG + b"x"]


def test_a_film_is_told_by_its_place_in_the_list(folder):
    archive = received(folder, zipped([("folder/", b""), (".hidden", b"x"), ("DICOMDIR", b"x"), ("a", PNG)]))
    assert [film.entry for film in unpack(archive, folder, SMALL)] == [3]
    folder.empty_incoming()


def test_a_zip_that_does_not_fit_on_the_disk_is_refused_before_it_is_unpacked(folder):
    archive = received(folder, zipped([("a", PNG)]))
    full = Limits(free_mib=(folder.free_bytes() >> 20) + 1)
    with pytest.raises(ServeError) as told:
        unpack(archive, folder, full)
    assert told.value.code == "disk_full"
    assert list(folder.incoming.iterdir()) == [archive.path]
    folder.empty_incoming()


def test_memory_stays_bounded_however_many_entries_are_listed(folder):
    archive = received(folder, a_list_of(340_000, 1))
    tracemalloc.start()
    with pytest.raises(ServeError, match="10000 entries"):
        unpack(archive, folder, SMALL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    folder.empty_incoming()
    assert peak < 40 << 20


def test_a_directory_of_a_huge_list_is_refused_before_it_is_read(folder):
    content = bytearray(zipped([("a", PNG)]))
    struct.pack_into("<I", content, len(content) - 10, 17 << 20)
    assert refusal(folder, bytes(content)) == "zip"


def at_a_place(number):
    """A ZIP whose list says that its only file begins there (APPNOTE.TXT 4.5.3: numbers over 32 bits)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", PNG)
        archive.infolist()[0].header_offset = number
    return buffer.getvalue()


def before_the_file():
    """A ZIP whose list is said to begin behind where it does, so that its file begins before the first byte."""
    content = bytearray(zipped([("a", PNG)]))
    struct.pack_into("<I", content, len(content) - 6, len(content))
    return bytes(content)


@pytest.mark.parametrize("content", [at_a_place(1 << 63), at_a_place(1 << 62), before_the_file()])
def test_a_file_at_a_place_that_is_none_is_damage(folder, content):
    assert refusal(folder, content) == "zip"


@settings(max_examples=150)
@given(data=st.data())
def test_no_damage_is_more_than_a_refusal(folder, data):
    # An example that failed has left what it received.
    folder.empty_incoming()
    content = bytearray(zipped([("a", PNG), ("b", PNG)]))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    archive = received(folder, bytes(content))
    try:
        left = {film.path for film in unpack(archive, folder, SMALL)}
    except ServeError as error:
        left, code = set(), error.code
        assert_known(code)
    assert set(folder.incoming.iterdir()) == left | {archive.path}
    folder.empty_incoming()


def assert_known(code):
    assert code in ("zip", "too_large")
