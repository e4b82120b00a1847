"""The one way from a film to a network's input, in training, prediction and service alike."""

from typing import Protocol, Self, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.geometry import crop_window
from pleura.core.spec import Clahe, Contrast, InputSpec
from pleura.core.types import Pixels, Radiograph, Voi

_BLACK, _WHITE = 1 / 255, 254 / 255
_LEAST_EXPOSED = 0.2
_LEAST_SPAN = 1e-3
_CLAHE_LEVELS = 255

ArrayT = TypeVar("ArrayT", bound="Arithmetic")


class Arithmetic(Protocol):
    """What NumPy arrays and torch tensors have in common here."""

    def __sub__(self, other: Self, /) -> Self: ...
    def __truediv__(self, other: Self, /) -> Self: ...


def to_network(film: Radiograph, spec: InputSpec) -> NDArray[np.float32]:
    """Turn one film into a network's input, (channels, side, side) float32."""
    return to_input(film.pixels, film.voi, spec)


def to_input(pixels: Pixels, voi: Voi | None, spec: InputSpec) -> NDArray[np.float32]:
    """The same from bare pixels, (H, W) in [0, 1], and the header's display curve."""
    grey = to_grey(pixels, voi, spec)
    stacked = np.broadcast_to(grey, (spec.channels, *grey.shape))
    mean = np.array(spec.mean, dtype=np.float32).reshape(-1, 1, 1)
    std = np.array(spec.std, dtype=np.float32).reshape(-1, 1, 1)
    return np.ascontiguousarray(standardise(stacked, mean, std))


def to_grey(pixels: Pixels, voi: Voi | None, spec: InputSpec) -> Pixels:
    """Crop, resize and spread the contrast of one film: (H, W) in [0, 1] -> (side, side) in [0, 1].

    Resizing comes first, so that percentiles and display curves cost the same for every film size.

    Raises:
        ValueError: a lung crop that `InputSpec.cropped` has not settled for this film yet.
    """
    if spec.lung_crop is not None:
        raise ValueError("where this film's lungs are must be settled first")
    window = crop_window(pixels.shape, spec.crop)
    small = to_square(pixels[window.top : window.bottom, window.left : window.right], spec.side)
    spread = spread_contrast(small, voi, spec.contrast)
    return equalise(spread, spec.clahe) if spec.clahe else spread


def to_square(pixels: Pixels, side: int) -> Pixels:
    """Resize (H, W) to (side, side): by area where the film is larger, else linearly."""
    method = cv2.INTER_AREA if min(pixels.shape) >= side else cv2.INTER_LINEAR
    return cv2.resize(pixels, (side, side), interpolation=method).astype(np.float32, copy=False)


def standardise(grey: ArrayT, mean: ArrayT, std: ArrayT) -> ArrayT:
    """Subtract the mean and divide by the standard deviation; for NumPy arrays and torch tensors alike."""
    return (grey - mean) / std


def spread_contrast(pixels: Pixels, voi: Voi | None, contrast: Contrast) -> Pixels:
    """Spread grey values as the model's spec says: (H, W) in [0, 1] -> (H, W) in [0, 1]."""
    if contrast.kind == "declared":
        return pixels
    if contrast.kind == "voi_percentile" and voi is not None:
        pixels = apply_voi(pixels, voi)
    low, high = np.percentile(exposed(pixels), (contrast.low, contrast.high))
    span = max(float(high - low), _LEAST_SPAN)
    stretched: Pixels = np.clip((pixels - np.float32(low)) / np.float32(span), 0, 1)
    return stretched


def exposed(pixels: Pixels) -> Pixels:
    """The grey values of the exposed field, (N,): all but pure black and pure white, which are shutters and marks.

    A film that is mostly pure black or white has no such field, and all its values count.
    """
    inside = pixels[(pixels > _BLACK) & (pixels < _WHITE)]
    return inside if inside.size >= _LEAST_EXPOSED * pixels.size else pixels.ravel()


def apply_voi(pixels: Pixels, voi: Voi) -> Pixels:
    """Apply the header's display curve (PS3.3 C.11.2), (H, W) in [0, 1] -> (H, W) in [0, 1]."""
    scaled = (pixels - np.float32(voi.low)) / np.float32(voi.high - voi.low)
    curve: Pixels
    if voi.kind == "sigmoid":
        curve = (1 + np.tanh(2 * scaled)) / 2  # the same curve, written so that it cannot overflow
    elif voi.kind == "table":
        curve = np.interp(scaled, np.linspace(0, 1, len(voi.table)), voi.table).astype(np.float32)
    else:
        curve = np.clip(scaled, 0, 1)
    return curve


def equalise(pixels: Pixels, clahe: Clahe) -> Pixels:
    """Equalise contrast tile by tile, in 256 grey levels: (H, W) in [0, 1] -> (H, W) in [0, 1].

    The clip is a multiple of a level's mean count. OpenCV at 16 bit has 65536 levels, of which a tile's pixels fill a
    fraction: its limit is then one pixel a level whatever the clip, and nothing is limited.
    """
    operator = cv2.createCLAHE(clipLimit=clahe.clip, tileGridSize=(clahe.tiles, clahe.tiles))
    levels = np.rint(pixels * _CLAHE_LEVELS).astype(np.uint8)
    return operator.apply(levels).astype(np.float32) / np.float32(_CLAHE_LEVELS)
