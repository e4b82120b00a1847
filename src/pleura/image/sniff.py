"""What a file is, told by its first bytes and never by its name."""

from enum import StrEnum

_PREAMBLE = 128
HEAD_BYTES = 132
"""How much of a file has to be looked at."""


class Kind(StrEnum):
    """The formats that a film may come in; `BARE_DICOM` is a DICOM body without the 128-byte preamble."""

    DICOM = "dicom"
    BARE_DICOM = "bare_dicom"
    PNG = "png"
    JPEG = "jpeg"
    TIFF = "tiff"
    WEBP = "webp"


def sniff(head: bytes) -> Kind | None:
    """Tell a file's format from its first `HEAD_BYTES` bytes; None for everything that is no film."""
    if head[_PREAMBLE:HEAD_BYTES] == b"DICM":
        return Kind.DICOM
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return Kind.TIFF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Kind.WEBP
    # A body starts with a group length or a first element of group 0002 or 0008, little or big endian.
    if head[:2] in (b"\x02\0", b"\x08\0", b"\0\x02", b"\0\x08") and len(head) >= HEAD_BYTES:
        return Kind.BARE_DICOM
    return None
