"""Pixels out of PNG, JPEG, TIFF and WebP files, at the depth they are stored in, by Pillow and OpenCV.

Pillow's decoders of all but PNG are libraries in C: those run in a process apart (`raster.py`).
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.quiet import ignoring
from pleura.core.types import Note
from pleura.image.limits import MOST_PIXELS, check_size
from pleura.image.scale import one_channel
from pleura.image.sniff import Kind

Stored = NDArray[np.integer[Any]]

_ORIENTATION = 0x0112
_TIFF_BITS = 258
_TIFF_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0
_PNG_DEPTH_BYTE = 24
_REMEDY = "Export the film again, as DICOM or as an 8- or 16-bit grey PNG."
_GREY_16 = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_GREY_8 = frozenset({"L", "LA", "La"})
_COLOUR = frozenset({"RGB", "RGBA", "RGBa", "RGBX", "P", "PA"})
_ALPHA = frozenset({"LA", "La", "RGBA", "RGBa", "PA"})

# What Pillow is known to raise on files that are damaged or hostile.
_PILLOW_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    EOFError,
    NotImplementedError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class _Header:
    """What is known before decoding."""

    mode: str
    bits: int
    orientation: int
    white_is_zero: bool
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Picture:
    """Upright pixels, (H, W) unsigned integers of `bits`, and the warnings about them."""

    stored: Stored
    bits: int
    notes: tuple[Note, ...]


def read_picture(content: bytes, kind: Kind, path: str, confine: Callable[[int], None] | None = None) -> Picture:
    """Decode an image file of one film.

    Args:
        content: the whole file.
        kind: its format.
        path: the name that errors bear.
        confine: told the samples that the header declares, before they are decoded.

    Raises:
        UnreadableImage: `too_large`, `size`, `multiframe`, `bits`, `photometric` or `decode`.
    """
    with _pillow_speaks_through_us(path):
        with ignoring(r"PIL\.", Image.DecompressionBombWarning):
            image = Image.open(io.BytesIO(content), formats=[kind.upper()])
        with image:
            with ignoring(r"PIL\."):
                header = _check(path, image, content, kind)
            if confine is not None:
                confine(image.width * image.height * max(1, len(image.getbands())))
            stored = _decode(path, image, content, header)
    if header.white_is_zero:
        stored = stored ^ stored.dtype.type((1 << header.bits) - 1)
    return Picture(np.ascontiguousarray(_upright(stored, header.orientation)), header.bits, header.notes)


@contextmanager
def _pillow_speaks_through_us(path: str) -> Iterator[None]:
    """Type Pillow's errors."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except UnidentifiedImageError as error:
        raise UnreadableImage(path, Refusal.DECODE, "its header is damaged", _REMEDY) from error
    except _PILLOW_ERRORS as error:
        # Pillow's messages may quote the file's metadata, names among them.
        reason = f"it is damaged or breaks off ({type(error).__name__})"
        raise UnreadableImage(path, Refusal.DECODE, reason, _REMEDY) from error


def _too_large(path: str) -> UnreadableImage:
    reason = f"it declares over {MOST_PIXELS >> 20} million pixels"
    return UnreadableImage(path, Refusal.TOO_LARGE, reason, "Give one film at its original size.")


def _check(path: str, image: Image.Image, content: bytes, kind: Kind) -> _Header:
    """Judge the header, before any pixel is decoded."""
    if image.width * image.height > MOST_PIXELS:
        raise _too_large(path)
    check_size(path, image.height, image.width)
    pages = getattr(image, "n_frames", 1)
    if pages != 1:
        reason = f"it holds {pages} pictures"
        raise UnreadableImage(path, Refusal.MULTIFRAME, reason, "Give one film a file.")
    if image.mode in ("1", "I", "F"):
        reason = f"pixels of kind {image.mode} have no range to scale by"
        raise UnreadableImage(path, Refusal.BITS, reason, _REMEDY)
    if image.mode not in _GREY_16 | _GREY_8 | _COLOUR:
        reason = f"pixels of kind {image.mode} are not those of a film"
        raise UnreadableImage(path, Refusal.PHOTOMETRIC, reason, _REMEDY)
    bits = _bits(image, content, kind)
    notes = []
    if image.mode in ("P", "PA"):
        notes.append(Note("palette", "The file's palette was resolved to grey."))
    if image.mode in _ALPHA or "transparency" in image.info:
        notes.append(Note("alpha", "The file's transparency was ignored."))
    # Pillow turns such films over at 8 bits only.
    deep_tiff = kind is Kind.TIFF and image.mode in _GREY_16
    white_is_zero = deep_tiff and _tiff(image, _TIFF_PHOTOMETRIC) == (_WHITE_IS_ZERO,)
    # Pillow turns a TIFF upright by itself when it decodes it, and the other formats not.
    orientation = 1 if kind is Kind.TIFF else image.getexif().get(_ORIENTATION, 1)
    return _Header(image.mode, bits, orientation, white_is_zero, tuple(notes))


def _bits(image: Image.Image, content: bytes, kind: Kind) -> int:
    """Stored bits a sample: Pillow shows 16-bit colour as 8-bit, so the file itself is asked."""
    if kind is Kind.PNG:
        return max(8, content[_PNG_DEPTH_BYTE])
    if kind is Kind.TIFF:
        return max(8, *_tiff(image, _TIFF_BITS))
    return 8


def _tiff(image: Image.Image, tag: int) -> tuple[int, ...]:
    """The whole numbers under a TIFF tag; empty where missing."""
    value = cast(TiffImageFile, image).tag_v2.get(tag, ())
    return value if isinstance(value, tuple) else (int(value),)


def _decode(path: str, image: Image.Image, content: bytes, header: _Header) -> Stored:
    """Decode to (H, W) integers of `header.bits`."""
    image.load()
    if header.mode in _GREY_16:
        # TIFF may hold either byte order; the rest of the package knows the machine's own.
        return np.asarray(image).astype(np.uint16, copy=False)
    if header.mode == "L":
        return np.asarray(image)
    if header.bits == 8:
        if header.mode in _GREY_8:
            return np.asarray(image.getchannel(0))
        return one_channel(path, np.asarray(image.convert("RGB")), 8)
    # Pillow has now vouched for the file being whole, but it would cut these samples to 8 bits.
    deep = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.ndim != 3 or deep.dtype != np.uint16:
        reason = f"{header.bits}-bit pixels of kind {header.mode} are not supported"
        raise UnreadableImage(path, Refusal.BITS, reason, _REMEDY)
    return one_channel(path, np.ascontiguousarray(deep[..., 2::-1]), header.bits)


def _upright(stored: Stored, orientation: int) -> Stored:
    """Undo the turn that the camera or scanner noted (EXIF 2.32, tag Orientation)."""
    match orientation:
        case 2:
            return stored[:, ::-1]
        case 3:
            return stored[::-1, ::-1]
        case 4:
            return stored[::-1]
        case 5:
            return stored.T
        case 6:
            return np.rot90(stored, -1)
        case 7:
            return stored[::-1, ::-1].T
        case 8:
            return np.rot90(stored)
        case _:
            return stored
