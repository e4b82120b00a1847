"""Pixels out of a DICOM data set: uncompressed ones here, compressed ones in a process apart."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.types import Note
from pleura.image.apart import decode_apart
from pleura.image.codestream import Declared, declared, has_end
from pleura.image.compressed import CODECS
from pleura.image.layout import Layout
from pleura.image.parse import PYDICOM_ERRORS, quiet_pydicom
from pleura.image.tags import Tags

Stored = NDArray[np.integer[Any]]

_REMEDY = "Export the film again, uncompressed."
_ERRORS = (*PYDICOM_ERRORS, RuntimeError, MemoryError)


def decode(dataset: Dataset, layout: Layout, path: str) -> tuple[Stored, tuple[Note, ...]]:
    """Decode the pixel data to integers, (H, W) or (H, W, 3) RGB; `layout` has been checked.

    Raises:
        UnreadableImage: `codec`, `malformed`, `pixel_length` or `decode`.
        EngineError: compressed pixels, and no process can be started to decode them.
    """
    syntax = str(layout.syntax)
    if syntax not in _PLAIN and syntax not in CODECS:
        raise _no_decoder(layout, path)
    with quiet_pydicom():
        content = Tags(dataset, path).raw("PixelData")
    if not isinstance(content, bytes | bytearray) or not content:
        raise UnreadableImage(path, Refusal.PIXEL_LENGTH, "its pixel data is empty", "Transfer the file again.")
    notes: tuple[Note, ...] = ()
    if syntax in _PLAIN:
        notes = _check_length(content, layout, path)
        pixels = _plain(dataset, layout, path)
    else:
        _check_stream(bytes(content), layout, path)
        pixels, _ = decode_apart({"task": "dicom", "layout": layout.plain()}, bytes(content), path)
    shape = (layout.rows, layout.columns) if layout.samples == 1 else (layout.rows, layout.columns, 3)
    if pixels.shape != shape or pixels.dtype.itemsize * 8 > layout.allocated:
        raise UnreadableImage(path, Refusal.DECODE, "its pixels decode to another shape", _REMEDY)
    return pixels, notes


def _plain(dataset: Dataset, layout: Layout, path: str) -> Stored:
    try:
        with quiet_pydicom():
            return _PLAIN[layout.syntax](dataset, layout)
    except _ERRORS as error:
        reason = f"its {layout.syntax.name} pixels cannot be decoded ({type(error).__name__})"
        raise UnreadableImage(path, Refusal.DECODE, reason, _REMEDY) from error


def _no_decoder(layout: Layout, path: str) -> UnreadableImage:
    name = layout.syntax.name if layout.syntax.is_transfer_syntax else "an unknown one"
    reason = f"its transfer syntax ({name}) has no decoder here"
    remedy = _REMEDY
    if layout.syntax == uid.JPEGExtended12Bit:
        remedy = 'Install "pleura[jpeg12]", or export the film again, uncompressed.'
    return UnreadableImage(path, Refusal.CODEC, reason, remedy)


def _check_length(content: bytes | bytearray, layout: Layout, path: str) -> tuple[Note, ...]:
    """Compare the bytes that are there with those declared (PS3.5 section 8.1.1: padded to even length)."""
    excess = len(content) - layout.native_bytes
    if excess < 0:
        reason = f"{-excess} of {layout.native_bytes} bytes of pixel data are missing"
        raise UnreadableImage(path, Refusal.PIXEL_LENGTH, reason, "Transfer the file again.")
    if excess == 0 or (excess == 1 and layout.native_bytes % 2):
        return ()
    tail = content[layout.native_bytes :]
    if tail.count(tail[:1]) != len(tail):
        reason = f"its pixel data is {excess} bytes longer than the size it declares"
        raise UnreadableImage(path, Refusal.PIXEL_LENGTH, reason, _REMEDY)
    return (Note("pixel_padding", f"{excess} padding bytes after the pixels were left out."),)


def _check_stream(content: bytes, layout: Layout, path: str) -> None:
    """Check the compressed frame against the header, so that no decoder allocates what it was not told."""
    try:
        with quiet_pydicom():
            frame = next(generate_frames(content, number_of_frames=1))
    except (*PYDICOM_ERRORS, StopIteration) as error:
        reason = "its compressed pixel data has no readable frame"
        raise UnreadableImage(path, Refusal.DECODE, reason, _REMEDY) from error
    if layout.syntax == uid.RLELossless:
        return
    found = declared(frame)
    bits = min(found.bits, layout.allocated) if found else 0
    if found != Declared(layout.rows, layout.columns, layout.samples, bits):
        reason = "its compressed picture and its header disagree on size or kind"
        raise UnreadableImage(path, Refusal.DECODE, reason, _REMEDY)
    if not has_end(frame):
        raise UnreadableImage(path, Refusal.DECODE, "its compressed picture breaks off", _REMEDY)


def _native(dataset: Dataset, layout: Layout) -> Stored:
    """Uncompressed little endian: the bytes are the pixels."""
    if layout.samples != 1:
        return _by_pydicom(dataset, layout)
    kind = np.dtype(f"<{'i' if layout.signed else 'u'}{layout.allocated // 8}")
    pixels = np.frombuffer(dataset.PixelData, kind, count=layout.rows * layout.columns)
    return pixels.reshape(layout.rows, layout.columns)


def _big_endian(dataset: Dataset, layout: Layout) -> Stored:
    pixels = _by_pydicom(dataset, layout)
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def _by_pydicom(dataset: Dataset, layout: Layout) -> Stored:
    """Uncompressed, in colour or big endian: pydicom only puts bytes in order, in Python and NumPy."""
    pixels, _ = get_decoder(layout.syntax).as_array(dataset, index=0)
    return np.asarray(pixels)


_PLAIN: dict[str, Callable[[Dataset, Layout], Stored]] = {
    uid.ImplicitVRLittleEndian: _native,
    uid.ExplicitVRLittleEndian: _native,
    uid.ExplicitVRBigEndian: _big_endian,
}
"""What is read in this process: no decoder stands between the bytes and the pixels."""
