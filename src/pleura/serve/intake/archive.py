"""A ZIP of films: checked as a whole before anything of it is written, and then unpacked within limits.

Names in it decide nothing but whether it is sound: no file is named after them.
"""

import stat
import struct
import zipfile
import zlib
from http import HTTPStatus
from pathlib import Path, PurePosixPath

from pleura.serve.config import Limits
from pleura.serve.errors import ServeError
from pleura.serve.folder import DataFolder
from pleura.serve.intake.upload import Received, Writing, is_zip

MOST_ENTRIES = 10_000
MOST_RATIO = 100
_MOST_DIRECTORY = 16 << 20
_END, _END_BYTES, _MOST_COMMENT = b"PK\x05\x06", 22, 65535
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20
# One entry of the list: its magic, and at 28 the lengths of the name, the extra field and the comment after it.
_ENTRY, _ENTRY_BYTES, _LENGTHS = b"PK\x01\x02", 46, struct.Struct("<28x3H")
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_CHUNK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error)


def unpack(archive: Received, folder: DataFolder, limits: Limits) -> list[Received]:
    """Unpack the films of a ZIP into files under `folder.incoming`; none is left if this fails.

    Folders, hidden files and a DICOMDIR are passed over.

    Raises:
        ServeError: 400 `zip`: damaged, encrypted, names that lead elsewhere, links, a ratio over 100, over 10,000
            entries, or a ZIP inside; 413 `too_large`: more bytes or films than the limits; 507: they do not fit on
            the disk.
        OSError: the disk is full.
    """
    _check_directory(archive.path)
    unpacked: list[Received] = []
    try:
        with zipfile.ZipFile(archive.path) as opened:
            checked = _checked(opened, archive.path.stat().st_size)
            entries = [(place, entry) for place, entry in enumerate(checked) if _may_be_film(entry)]
            _check_size(sum(entry.file_size for _, entry in entries), archive, limits)
            if len(entries) > limits.queue:
                raise _too_large(f"it has over {limits.queue} files")
            folder.check_space(limits, sum(entry.file_size for _, entry in entries))
            for place, entry in entries:
                unpacked.append(_extract(opened, entry, archive, place, folder, limits))
                if is_zip(unpacked[-1].head):
                    raise _unsound("there is another ZIP in it")
    except _DAMAGED as error:
        _drop(unpacked)
        raise _unsound("it is damaged") from error
    except BaseException:
        _drop(unpacked)
        raise
    return unpacked


def _checked(opened: zipfile.ZipFile, size: int) -> list[zipfile.ZipInfo]:
    entries = opened.infolist()
    for entry in entries:
        # `zipfile` would ask the system for a place that no file has: an error as of a disk that fails.
        if not 0 <= entry.header_offset < size:
            raise _unsound("it is damaged")
        name = entry.orig_filename.replace("\\", "/")
        if name.startswith("/") or ":" in name.split("/")[0] or ".." in name.split("/") or "\0" in name:
            raise _unsound("a name in it leads out of it")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _unsound("it holds a link or a device")
        if entry.flag_bits & 1:
            raise _unsound("it is encrypted")
        if entry.compress_type not in _METHODS:
            raise _unsound("it is packed by another method than deflate")
        if entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise _unsound(f"a file in it is over {MOST_RATIO} times as large as packed")
    return entries


def _check_size(unpacked: int, archive: Received, limits: Limits) -> None:
    # Of all together too: entries that share packed bytes are each of a modest ratio.
    if unpacked > MOST_RATIO * archive.path.stat().st_size:
        raise _unsound(f"it is over {MOST_RATIO} times as large unpacked")
    if unpacked > limits.unpacked_bytes:
        raise _too_large(f"it has over {limits.unpacked_mib} MiB unpacked")


def _may_be_film(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return not entry.is_dir() and not hidden and bool(parts) and parts[-1].upper() != "DICOMDIR"


def _extract(
    opened: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    archive: Received,
    place: int,
    folder: DataFolder,
    limits: Limits,
) -> Received:
    writing = Writing(folder.new_incoming(), archive.index, (limits.film_bytes, _CHUNK), place)
    try:
        with opened.open(entry) as packed:
            while chunk := packed.read(_CHUNK):
                writing.write(chunk)
        return writing.end()
    except BaseException:
        writing.drop()
        raise


def _check_directory(path: Path) -> None:
    """Count the entries of the list at the end before `zipfile` builds it in memory, however long it is."""
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = max(0, size - _END_BYTES - _MOST_COMMENT - _LOCATOR_BYTES)
        file.seek(begin)
        tail = file.read()
        at = _end_of_directory(tail)
        length = int.from_bytes(tail[at + 12 : at + 16], "little")
        if length > min(_MOST_DIRECTORY, begin + at):
            raise _unsound(f"it is damaged, or has over {MOST_ENTRIES} entries")
        # As `zipfile` does: the list ends where its end mark begins, whatever place is told.
        file.seek(begin + at - length)
        _count_entries(file.read(length))


def _end_of_directory(tail: bytes) -> int:
    """Where in the last bytes of a file the end mark of the list begins."""
    # As `zipfile` looks for it: at the very end without a comment, else the last one that is there.
    at = len(tail) - _END_BYTES
    if not (at >= 0 and tail[at : at + 4] == _END and tail[-2:] == b"\0\0"):
        at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_BYTES:
        raise _unsound("it is damaged")
    if at >= _LOCATOR_BYTES and tail[at - _LOCATOR_BYTES :].startswith(_LOCATOR):
        raise _unsound("it has over 65,535 entries or 4 GiB")
    return at


def _count_entries(directory: bytes) -> None:
    entries, at = 0, 0
    while at < len(directory):
        if not directory.startswith(_ENTRY, at) or len(directory) < at + _ENTRY_BYTES:
            raise _unsound("it is damaged")
        entries += 1
        if entries > MOST_ENTRIES:
            raise _unsound(f"it has over {MOST_ENTRIES} entries")
        at += _ENTRY_BYTES + sum(_LENGTHS.unpack_from(directory, at))


def _drop(unpacked: list[Received]) -> None:
    for one in unpacked:
        one.path.unlink(missing_ok=True)


def _unsound(reason: str) -> ServeError:
    return ServeError(HTTPStatus.BAD_REQUEST, "zip", f"the ZIP is refused: {reason}", "Pack the films alone, anew.")


def _too_large(reason: str) -> ServeError:
    reason = f"the ZIP is refused: {reason}"
    return ServeError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", reason, "Send it in parts.")
