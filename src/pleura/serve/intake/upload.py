"""A film on its way to disk: counted, hashed and cut off at its limit while it is written."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pleura.core.errors import Refusal
from pleura.image.sniff import HEAD_BYTES

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True)
class Turned:
    """A file that makes no job: a refusal at the door."""

    code: Refusal
    reason: str
    remedy: str


@dataclass(frozen=True)
class Received:
    """One file that came.

    Attributes:
        path: where it lies, complete; whoever gets this deletes or moves it.
        sha256: of its content.
        size: of its content, in bytes.
        head: its first bytes, enough to tell its kind.
        index: its place in the request, from 0.
        entry: its place in the list of a ZIP, from 0, or None.
        turned: why it makes no job, or None; a file that was cut off at its limit is known here already.
    """

    path: Path
    sha256: str
    size: int
    head: bytes
    index: int
    entry: int | None = None
    turned: Turned | None = None

    @property
    def is_zip(self) -> bool:
        """Does it begin like a ZIP?"""
        return is_zip(self.head)


class Writing:
    """One file that is being written.

    Args:
        path: where to; must not exist.
        index: its place in the request.
        most: its limit in bytes, and that of a ZIP.
        entry: its place in a ZIP.
    """

    def __init__(self, path: Path, index: int, most: tuple[int, int], entry: int | None = None) -> None:
        self._path, self._index, self._most, self._entry = path, index, most, entry
        self._file = path.open("xb")
        self._hash = hashlib.sha256()
        self._head, self._size = b"", 0

    def write(self, data: bytes) -> None:
        """Add some bytes; above the limit they are counted and dropped.

        Raises:
            OSError: the disk is full.
        """
        if len(self._head) < HEAD_BYTES:
            self._head += data[: HEAD_BYTES - len(self._head)]
        self._size += len(data)
        if self._size <= self._limit:
            self._file.write(data)
            self._hash.update(data)

    def end(self) -> Received:
        """Close the file, and say what came."""
        self._file.close()
        turned = None
        if self._size > self._limit:
            reason = f"the file has over {self._limit >> 20} MiB"
            turned = Turned(Refusal.TOO_LARGE, reason, "Give one film a file.")
        elif not self._size:
            turned = Turned(Refusal.NOT_AN_IMAGE, "the file is empty", "Send the film again.")
        return Received(self._path, self._hash.hexdigest(), self._size, self._head, self._index, self._entry, turned)

    def drop(self) -> None:
        """Close and delete it."""
        # On a full disk closing fails, for it writes what is left.
        with suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)

    @property
    def _limit(self) -> int:
        film, archive = self._most
        return archive if is_zip(self._head) else film


def is_zip(head: bytes) -> bool:
    """Does content begin like a ZIP?"""
    return head.startswith(_ZIP_MAGIC)
