"""Films as PNG, JPEG, TIFF or WebP."""

from typing import Any

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.types import Note, Pixels, Radiograph, Source
from pleura.image.limits import check_exposed, check_size
from pleura.image.scale import to_unit
from pleura.image.sniff import Kind

_APART = frozenset({Kind.JPEG, Kind.TIFF, Kind.WEBP})
"""What is decoded in a process apart. PNG is not: between its bytes and its pixels stands zlib alone."""


def read_raster(content: bytes, kind: Kind, source: Source) -> Radiograph:
    """Read a film from an image file; its display range is taken as declared by the bit depth.

    Raises:
        UnreadableImage: `too_large`, `size`, `multiframe`, `bits`, `photometric`, `decode` or `blank`.
        EngineError: no process can be started to decode it.
    """
    path = source.path
    pixels, bits, notes = _apart(content, kind, path) if kind in _APART else _here(content, kind, path)
    check_exposed(path, pixels)
    return Radiograph(pixels, source, bits, notes=notes)


def _here(content: bytes, kind: Kind, path: str) -> tuple[Pixels, int, tuple[Note, ...]]:
    # Imported here: Pillow is not needed where another process decodes.
    from pleura.image.picture import read_picture

    picture = read_picture(content, kind, path)
    return to_unit(picture.stored, picture.bits), picture.bits, picture.notes


def _apart(content: bytes, kind: Kind, path: str) -> tuple[Pixels, int, tuple[Note, ...]]:
    # Imported here: PNG needs none of it.
    from pleura.image.apart import decode_apart

    stored, answer = decode_apart({"task": "picture", "kind": str(kind)}, content, path)
    check_size(path, *stored.shape[:2])
    bits: Any = answer.get("bits")
    notes: Any = answer.get("notes")
    sound = type(bits) is int and 8 <= bits <= 16 and isinstance(notes, list) and stored.ndim == 2
    if not sound or stored.dtype.kind != "u" or stored.dtype.itemsize * 8 > bits:
        reason = "its decoder answers with no film"
        raise UnreadableImage(path, Refusal.DECODE, reason, "Export the film again, as DICOM or as grey PNG.")
    return to_unit(stored, bits), bits, tuple(Note(str(code), str(text)) for code, text in notes)
