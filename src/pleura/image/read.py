"""One film from one file, whatever its format."""

import hashlib
import stat
from pathlib import Path

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.types import Radiograph, Source
from pleura.image.sniff import HEAD_BYTES, Kind, sniff

MOST_BYTES = 512 << 20
"""No chest film is larger; a longer file is refused before it is read."""

_REMEDY = "Give a chest film as DICOM, PNG, JPEG, TIFF or WebP."


def read_film(path: Path, *, lenient: bool = False) -> Radiograph:
    """Read one frontal chest film.

    Args:
        path: a DICOM, PNG, JPEG, TIFF or WebP file; its content decides, not its suffix.
        lenient: also read a DICOM body that lacks the preamble of PS3.10 section 7.1.

    Returns:
        The film, (H, W) float32 in [0, 1] with 1 = dense, scaled by the range that the file declares.

    Raises:
        UnreadableImage: if the file must not be read as a frontal chest film; `refusal` says why.
    """
    return read_content(content_of(path), path, lenient=lenient)


def read_content(content: bytes, path: str | Path, *, lenient: bool = False) -> Radiograph:
    """Read one frontal chest film from the content of its file; `path` names it, also where there is no such file.

    Raises:
        UnreadableImage: if it must not be read as a frontal chest film; `refusal` says why.
    """
    kind = _kind(content, path, lenient)
    source = Source(str(path), Path(path).name, hashlib.sha256(content).hexdigest(), _format(kind))
    # The libraries are imported where they are needed: pydicom alone costs half a second of a cold start.
    if kind in (Kind.DICOM, Kind.BARE_DICOM):
        from pleura.image.dicom import read_dicom

        return read_dicom(content, source)
    from pleura.image.raster import read_raster

    return read_raster(content, kind, source)


def load(path: Path, *, lenient: bool = False) -> tuple[bytes, Kind]:
    """The content of a film's file and its format, of those that are read here.

    Raises:
        UnreadableImage: `unreadable`, `too_large` or `not_an_image`.
    """
    content = content_of(path)
    return content, _kind(content, path, lenient)


def _kind(content: bytes, path: str | Path, lenient: bool) -> Kind:
    kind = sniff(content[:HEAD_BYTES])
    if kind is None:
        raise UnreadableImage(path, Refusal.NOT_AN_IMAGE, "its content is no image format of ours", _REMEDY)
    if len(content) == HEAD_BYTES and kind is Kind.DICOM:
        raise UnreadableImage(path, Refusal.NOT_AN_IMAGE, "it ends behind the preamble of DICOM", _REMEDY)
    if kind is Kind.BARE_DICOM and not lenient:
        reason = "it starts like a DICOM body but lacks the preamble"
        remedy = "Re-export it as a DICOM file, or read it with --lenient."
        raise UnreadableImage(path, Refusal.NOT_AN_IMAGE, reason, remedy)
    return kind


def content_of(path: Path) -> bytes:
    """All bytes of a film's file.

    Raises:
        UnreadableImage: `unreadable` or `too_large`.
    """
    try:
        state = path.stat()
        # A pipe or a device may never end, or never begin.
        if not stat.S_ISREG(state.st_mode):
            raise UnreadableImage(path, Refusal.UNREADABLE, "it is no regular file", "Name a film's own file.")
        if state.st_size > MOST_BYTES:
            reason = f"the file has {state.st_size >> 20} MiB, above {MOST_BYTES >> 20}"
            raise UnreadableImage(path, Refusal.TOO_LARGE, reason, "Give one film a file.")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableImage(path, Refusal.UNREADABLE, reason, "Check that the file can be read.") from error


def _format(kind: Kind) -> str:
    return str(Kind.DICOM if kind is Kind.BARE_DICOM else kind)
