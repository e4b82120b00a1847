"""The network's grid and the film: areas, parts, and the way back to native size."""

import cv2
import numpy as np

from pleura.core.geometry import crop_window
from pleura.core.parts import parts_of
from pleura.core.spec import REFERENCE_SIDE, InputSpec
from pleura.core.types import Mask, Pixels


def grid_pixels(area: int, spec: InputSpec) -> int:
    """An area in pixels of a 1024 x 1024 film, in pixels of the network's grid."""
    seen = crop_window((REFERENCE_SIDE, REFERENCE_SIDE), spec.crop).shape
    return min(round(area * spec.side**2 / (seen[0] * seen[1])), spec.side**2)


def drop_small(mask: Mask, least: int) -> Mask:
    """Drop 8-connected parts of a mask, (H, W), that have fewer than `least` pixels."""
    if least <= 1 or not mask.any():
        return mask
    labels, areas = parts_of(mask)
    keep = areas >= least
    keep[0] = False
    kept: Mask = keep[labels]
    return kept


def to_native(grid: Pixels, shape: tuple[int, int], spec: InputSpec, outside: float = 0.0) -> Pixels:
    """Lay a map on the network's grid, (side, side), back over a film of `shape`; `outside` beyond the crop."""
    window = crop_window(shape, spec.crop)
    height, width = window.shape
    method = cv2.INTER_LINEAR if max(height, width) >= spec.side else cv2.INTER_AREA
    part = cv2.resize(grid, (width, height), interpolation=method).astype(np.float32, copy=False)
    if window.shape == shape:
        return part
    native = np.full(shape, outside, dtype=np.float32)
    native[window.top : window.bottom, window.left : window.right] = part
    return native
