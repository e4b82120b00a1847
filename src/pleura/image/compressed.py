"""Compressed DICOM pixels: which transfer syntax by which decoder. This runs in a process apart (`apart.py`).

The decoders are free of the GPL: `pylibjpeg-libjpeg` is never asked, even where it is installed.
"""

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder

from pleura.image.layout import Layout

Stored = NDArray[np.integer[Any]]
Codec = Callable[[bytes, Layout], Stored]


def _by_pydicom(content: bytes, layout: Layout, plugin: str) -> Stored:
    # pydicom 3.0 types each of these as if it were all of them.
    options: dict[str, Any] = {
        "pixel_keyword": "PixelData",
        "number_of_frames": 1,
        "rows": layout.rows,
        "columns": layout.columns,
        "samples_per_pixel": layout.samples,
        "photometric_interpretation": layout.photometric,
        "planar_configuration": layout.planar,
        "bits_allocated": layout.allocated,
        "bits_stored": layout.stored,
        "pixel_representation": int(layout.signed),
    }
    pixels, _ = get_decoder(layout.syntax).as_array(content, index=0, decoding_plugin=plugin, **options)
    return np.asarray(pixels)


def _by_pylibjpeg(content: bytes, layout: Layout) -> Stored:
    """JPEG 2000 by OpenJPEG, run-length code by pylibjpeg-rle."""
    return _by_pydicom(content, layout, "pylibjpeg")


def _by_pyjpegls(content: bytes, layout: Layout) -> Stored:
    return _by_pydicom(content, layout, "pyjpegls")


def _by_pillow(content: bytes, layout: Layout) -> Stored:
    """8-bit JPEG: gdcm 3.2 reads it too, but ends the whole process on some damaged streams."""
    return _by_pydicom(content, layout, "pillow")


def _by_gdcm(content: bytes, layout: Layout) -> Stored:
    return _by_pydicom(content, layout, "gdcm")


def _by_imagecodecs(content: bytes, layout: Layout) -> Stored:
    """12-bit JPEG, which neither Pillow nor gdcm reads."""
    if layout.stored == 8:
        return _by_pillow(content, layout)
    codecs = importlib.import_module("imagecodecs")
    return np.asarray(codecs.jpeg8_decode(next(generate_frames(content, number_of_frames=1))))


def _table() -> dict[str, Codec]:
    table: dict[str, Codec] = {
        uid.RLELossless: _by_pylibjpeg,
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


CODECS = _table()
"""Every compressed transfer syntax that can be read here."""
