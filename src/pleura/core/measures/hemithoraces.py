"""The patient's right and left hemithorax, told apart in one outline of both."""

import numpy as np
from numpy.typing import NDArray

from pleura.core.parts import parts_of
from pleura.core.types import Hemithoraces, Mask

_SPECK = 0.02
"""Parts under this share of the outline are no hemithorax."""
_CENTRAL = (0.3, 0.7)
"""The mediastinum lies somewhere in this part of the outline's width."""
_SPANS = 0.1
"""A part that has more than this share of itself on either side of the midline holds both hemithoraces."""
_VALLEY = 0.7
"""Between two lungs the outline is lower than this share of the lower one's height."""


def part_hemithoraces(lungs: Mask) -> Hemithoraces | None:
    """Part an outline of both lungs at the mediastinum; the picture's left is taken as the patient's right.

    The midline is where the outline is thinnest between its outer borders. A part that stands on one side of it
    belongs there whole, also where it reaches across a little; one part that holds both lungs is cut at the midline.

    Args:
        lungs: (H, W) bool.

    Returns:
        The two, not `told`; either may be empty, as on a film of one lung. None where the outline is empty.
    """
    labels, areas = parts_of(lungs)
    parts = [label for label in range(1, len(areas)) if areas[label] >= _SPECK * areas[1:].sum()]
    if not parts:
        return None
    midline = _midline(np.isin(labels, parts))
    right, left = np.zeros(lungs.shape, dtype=np.bool_), np.zeros(lungs.shape, dtype=np.bool_)
    for label in parts:
        part: Mask = labels == label
        before = np.count_nonzero(part[:, :midline]) / areas[label]
        if before > _SPANS:
            right |= part if before >= 1 - _SPANS else _before(part, midline)
        if before < 1 - _SPANS:
            left |= part if before <= _SPANS else part & ~_before(part, midline)
    return Hemithoraces(right, left, told=False)


def _before(part: Mask, column: int) -> Mask:
    """What of a part stands left of a column of the picture."""
    cut = part.copy()
    cut[:, column:] = False
    return cut


def _midline(lungs: Mask) -> int:
    """The column between the lungs: the middle of the widest gap, or of the thinnest stretch, in the central part.

    Where there is no valley there is one lung alone, and the film's own middle parts what is right and left.
    """
    heights: NDArray[np.int64] = lungs.sum(axis=0)
    used = np.flatnonzero(heights)
    first, width = int(used[0]), int(used[-1] - used[0] + 1)
    low, high = (first + round(share * width) for share in _CENTRAL)
    central = heights[low : high + 1]
    runs = np.split(least := np.flatnonzero(central == central.min()), np.flatnonzero(np.diff(least) > 1) + 1)
    thinnest = low + int(max(runs, key=len).mean())
    beside = min(heights[:thinnest].max(initial=0), heights[thinnest + 1 :].max(initial=0))
    return thinnest if central.min() < _VALLEY * beside else lungs.shape[1] // 2
