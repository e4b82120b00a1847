"""Files and folders that are whole or absent: written under a temporary name, synced, then renamed."""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of the errors of a file system that has no room left, or none for us, or none for so large a file."""


@contextmanager
def replacing(path: Path, *, keep: bool = False) -> Iterator[BinaryIO]:
    """Open a temporary neighbour of `path` for writing; it takes the name only when the block ends well.

    The file's permissions are those that the process gives any new file (its umask).

    Args:
        path: where the file goes.
        keep: a file that has taken the name meanwhile stays. On a network file system one that is replaced is gone
            for the machines that read it, and memory that maps it ends the process (SIGBUS).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{secrets.token_hex(8)}.part"
    file = temporary.open("xb")
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _take_name(temporary, path, keep=keep)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        _name(error, path)
        raise
    sync_folder(path.parent)


def _take_name(temporary: Path, path: Path, *, keep: bool) -> None:
    """Rename a file; where `keep`, not over another, as far as the file system has links."""
    if keep:
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        except OSError:  # no links here
            temporary.replace(path)
        temporary.unlink(missing_ok=True)
    else:
        temporary.replace(path)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file at once, or not at all."""
    with replacing(path) as file:
        file.write(content)


def write_text(path: Path, content: str) -> None:
    """Write a whole UTF-8 file at once, or not at all."""
    write_bytes(path, content.encode("utf-8"))


def write_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write a new folder of files at once, or not at all; whatever of the folders above it is new is on disk too.

    Raises:
        OSError: the folder is there already and holds files, or the disk is full.
    """
    made = [above for above in folder.parents if not above.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.parent / f".{secrets.token_hex(8)}.part"
    temporary.mkdir()
    try:
        for name, content in contents.items():
            with (temporary / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        sync_folder(temporary)
        temporary.replace(folder)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        _name(error, folder)
        raise
    for above in (folder, *made):
        sync_folder(above.parent)


def _name(error: BaseException, path: Path) -> None:
    """Have the error of a full disk say what it has no room for: the system names no file where a write fails."""
    if isinstance(error, OSError) and error.errno in DISK_FULL and error.filename is None:
        error.filename = str(path)


def place_of(error: OSError) -> str:
    """What an error of the file system is about, where it names a file or not."""
    return str(error.filename or "the folder for temporary files, or for results")


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
