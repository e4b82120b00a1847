"""Pixels out of a DICOM data set: which transfer syntax by which decoder.

The decoders are free of the GPL: `pylibjpeg-libjpeg` is never asked, even where it is installed. `decode` needs
nothing but its arguments, so it can run in a child process with a deadline.
"""

import importlib
import importlib.util
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
from pleura.image.codestream import Declared, declared, has_end
from pleura.image.layout import Layout
from pleura.image.parse import PYDICOM_ERRORS
from pleura.image.tags import Tags

Stored = NDArray[np.integer[Any]]
Decoder = Callable[[Dataset, Layout], Stored]

_REMEDY = "Export the film again, uncompressed."
_ERRORS = (*PYDICOM_ERRORS, RuntimeError, MemoryError)


def decode(dataset: Dataset, layout: Layout, path: str) -> tuple[Stored, tuple[Note, ...]]:
    """Decode the pixel data to integers, (H, W) or (H, W, 3) RGB; `layout` has been checked.

    Raises:
        UnreadableImage: `codec`, `malformed`, `pixel_length` or `decode`.
    """
    decoder = _decoder(layout, path)
    content = Tags(dataset, path).raw("PixelData")
    if not isinstance(content, bytes | bytearray) or not content:
        raise UnreadableImage(path, Refusal.PIXEL_LENGTH, "its pixel data is empty", "Transfer the file again.")
    native = not layout.syntax.is_encapsulated
    notes = _check_length(content, layout, path) if native else ()
    if not native:
        _check_stream(bytes(content), layout, path)
    try:
        pixels = decoder(dataset, layout)
    except _ERRORS as error:
        reason = f"its {layout.syntax.name} pixels cannot be decoded ({type(error).__name__})"
        raise UnreadableImage(path, Refusal.DECODE, reason, _REMEDY) from error
    if pixels.shape[:2] != (layout.rows, layout.columns) or pixels.dtype.itemsize * 8 > layout.allocated:
        raise UnreadableImage(path, Refusal.DECODE, "its pixels decode to another shape", _REMEDY)
    return pixels, notes


def _decoder(layout: Layout, path: str) -> Decoder:
    decoder = _DECODERS.get(str(layout.syntax))
    if decoder is not None:
        return decoder
    name = layout.syntax.name if layout.syntax.is_transfer_syntax else "an unknown one"
    reason = f"its transfer syntax ({name}) has no decoder here"
    remedy = _REMEDY
    if layout.syntax == uid.JPEGExtended12Bit:
        remedy = 'Install "pleura[jpeg12]", or export the film again, uncompressed.'
    raise UnreadableImage(path, Refusal.CODEC, reason, remedy)


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
        return _by_pydicom(dataset, layout, "")
    kind = np.dtype(f"<{'i' if layout.signed else 'u'}{layout.allocated // 8}")
    pixels = np.frombuffer(dataset.PixelData, kind, count=layout.rows * layout.columns)
    return pixels.reshape(layout.rows, layout.columns)


def _by_pydicom(dataset: Dataset, layout: Layout, plugin: str) -> Stored:
    pixels, _ = get_decoder(layout.syntax).as_array(dataset, index=0, decoding_plugin=plugin)
    return np.asarray(pixels)


def _by_pylibjpeg(dataset: Dataset, layout: Layout) -> Stored:
    return _by_pydicom(dataset, layout, "pylibjpeg")


def _by_rle(dataset: Dataset, layout: Layout) -> Stored:
    """Run-length code, by a library whose panics (pylibjpeg-rle 2.2, on damaged runs) are no `Exception`."""
    try:
        return _by_pylibjpeg(dataset, layout)
    except BaseException as panic:
        # pyo3 makes the class anew in every library, so it can be told by its module only.
        if type(panic).__module__ != "pyo3_runtime":
            raise
        raise ValueError("damaged run-length code") from panic


def _by_pyjpegls(dataset: Dataset, layout: Layout) -> Stored:
    return _by_pydicom(dataset, layout, "pyjpegls")


def _by_pillow(dataset: Dataset, layout: Layout) -> Stored:
    """8-bit JPEG: gdcm 3.2 reads it too, but ends the whole process on some damaged streams."""
    return _by_pydicom(dataset, layout, "pillow")


def _by_gdcm(dataset: Dataset, layout: Layout) -> Stored:
    return _by_pydicom(dataset, layout, "gdcm")


def _big_endian(dataset: Dataset, layout: Layout) -> Stored:
    pixels = _by_pydicom(dataset, layout, "")
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def _by_imagecodecs(dataset: Dataset, layout: Layout) -> Stored:
    """12-bit JPEG, which neither Pillow nor gdcm reads."""
    if layout.stored == 8:
        return _by_pillow(dataset, layout)
    codecs = importlib.import_module("imagecodecs")
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    return np.asarray(codecs.jpeg8_decode(frame))


def _table() -> dict[str, Decoder]:
    table: dict[str, Decoder] = {
        uid.ImplicitVRLittleEndian: _native,
        uid.ExplicitVRLittleEndian: _native,
        uid.ExplicitVRBigEndian: _big_endian,
        uid.RLELossless: _by_rle,
        uid.JPEG2000Lossless: _by_pylibjpeg,
        uid.JPEG2000: _by_pylibjpeg,
        uid.HTJ2KLossless: _by_pylibjpeg,
        uid.HTJ2KLosslessRPCL: _by_pylibjpeg,
        uid.HTJ2K: _by_pylibjpeg,
        uid.JPEGLSLossless: _by_pyjpegls,
        uid.JPEGLSNearLossless: _by_pyjpegls,
        uid.JPEGBaseline8Bit: _by_pillow,
        uid.JPEGLossless: _by_gdcm,
        uid.JPEGLosslessSV1: _by_gdcm,
    }
    if importlib.util.find_spec("imagecodecs") is not None:
        table[uid.JPEGExtended12Bit] = _by_imagecodecs
    return table


_DECODERS = _table()
