"""Polygons as masks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Mask

_OVERSHOOT = 1.0
"""How far, in px, a corner may lie outside: tools round to whole pixels, and some count them from 1."""


def fill_polygon(points: Sequence[float], shape: tuple[int, int]) -> Mask:
    """Fill the polygon x0, y0, x1, y1, ..., in px from the picture's top left corner, (H, W) bool.

    A pixel belongs to it where its centre lies inside, by the even-odd rule: areas are right on average at any size,
    whereas OpenCV and Pillow also paint the border and so widen a thin rim of air by a pixel.

    Raises:
        ValueError: fewer than three corners, an odd count, a corner that is no number or lies outside the picture.
    """
    height, width = shape
    if len(points) % 2 or len(points) < 6:
        raise ValueError(f"a polygon has {len(points)} numbers, not an even count from 6")
    corners = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(corners).all():
        raise ValueError("a polygon has a corner that is no number")
    if (corners < -_OVERSHOOT).any() or (corners > np.array((width, height)) + _OVERSHOOT).any():
        raise ValueError(f"a polygon leaves the {height} x {width} pixels of its picture")
    mask = np.zeros(shape, dtype=np.bool_)
    first, last = corners[:, 1].min(), corners[:, 1].max()
    for row in range(max(0, int(first)), min(height, int(last) + 1)):
        crossings = np.sort(_crossings(corners, row + 0.5))
        # The first centre at or right of a crossing at x is that of pixel ceil(x - 0.5).
        edges = np.clip(np.ceil(crossings - 0.5), 0, width).astype(np.int64)
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            mask[row, left:right] = True
    return mask


def _crossings(corners: NDArray[np.float64], y: float) -> NDArray[np.float64]:
    """Where the closed border crosses a level, an even count; a corner on the level counts once."""
    ends = np.roll(corners, -1, axis=0)
    crosses = (corners[:, 1] <= y) != (ends[:, 1] <= y)
    # From the upper end down, so that an edge is at the same place in both polygons that share it.
    down = (corners[crosses, 1] <= y)[:, None]
    one, other = np.where(down, corners[crosses], ends[crosses]), np.where(down, ends[crosses], corners[crosses])
    share = (y - one[:, 1]) / (other[:, 1] - one[:, 1])
    across: NDArray[np.float64] = one[:, 0] + share * (other[:, 0] - one[:, 0])
    return across
