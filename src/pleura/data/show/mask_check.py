"""Whether a mask lies where no lung can be: measured on the picture alone, without any model."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Mask

OUTSIDE_SHARE = 0.1
"""From this share of a mask outside the body on it is suspicious. Of 547 pseudo-masks and 39 expert masks of SIIM-ACR
at 512 x 512 one has more than .003, on an overexposed film."""
EMPTY_SHARE = 0.25
"""The same for pixels among which nothing is seen; of the same masks none has more than .08."""
SPECK_SHARE = 6e-5
"""A part of a mask below this share of the film, 16 pixels of 512 x 512, is a slip of the pen and no air."""

_DARK_SHARE, _DARK_LEVEL = 0.06, 8.0
_FLAT_LEVELS = 1
_WINDOW, _STILL_SD = 9, 1.0


@dataclass(frozen=True)
class MaskCheck:
    """Shares of a mask's pixels, in [0, 1], and its small parts.

    Attributes:
        outside: outside the body or the exposed field.
        empty: where the picture is nearly constant.
        specks: how many of its parts are too small to be drawn on purpose.
        parts: how many parts it has.
    """

    outside: float
    empty: float
    specks: int
    parts: int


def check_mask(image: NDArray[np.uint8], mask: Mask) -> MaskCheck:
    """Check one mask that is not empty, (H, W) bool, on its film, (H, W) uint8, 255 = dense."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return MaskCheck(
        outside=float(outside_body(image)[mask].mean()),
        empty=float(_still(image)[mask].mean()),
        specks=int((areas < SPECK_SHARE * mask.size).sum()),
        parts=count - 1,
    )


def outside_body(image: NDArray[np.uint8]) -> Mask:
    """What is neither body nor exposed field: dark, or constant, as far as it reaches in from the film's edges.

    Air in the lungs is dark too, but the chest wall stands between it and the edge.
    """
    low, high = np.percentile(image, (1, 99))
    dark = image <= max(_DARK_LEVEL, float(low + _DARK_SHARE * (high - low)))
    near = np.ones((3, 3), np.uint8)
    flat = cv2.dilate(image, near) - cv2.erode(image, near) <= _FLAT_LEVELS
    return _from_the_edge(dark) | _from_the_edge(flat)


def _from_the_edge(mask: Mask) -> Mask:
    """The parts of a mask that touch the picture's edge."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    touches = np.zeros(count, dtype=np.bool_)
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        touches[line] = True
    touches[0] = False
    reached: Mask = touches[labels]
    return reached


def _still(image: NDArray[np.uint8]) -> Mask:
    """Where the greys around a pixel hardly differ: a standard deviation below one level of 255 in 9 x 9."""
    grey = image.astype(np.float32)
    mean = cv2.blur(grey, (_WINDOW, _WINDOW))
    variance = cv2.blur(grey * grey, (_WINDOW, _WINDOW)) - mean * mean
    still: Mask = variance < _STILL_SD**2
    return still
