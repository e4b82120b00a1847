"""The size of a pneumothorax in % of the hemithorax's volume by two diameters (Light)."""

import numpy as np

from pleura.core.measures.needs import half
from pleura.core.measures.scene import Scene, Unsaid, Value
from pleura.core.types import Mask


def light(scene: Scene) -> Value | Unsaid:
    """100 (1 - lung^3 / hemithorax^3), both across at the level of the hilum; pixels of one size cancel out."""
    side = half(scene)
    lung, cavity = (_across(mask, side.hilum) for mask in (side.lung, side.cavity))
    if lung == 0:
        return Unsaid("no lung stands at this level")
    return 100 * (1 - (lung / cavity) ** 3)


def _across(mask: Mask, row: int) -> int:
    columns = np.flatnonzero(mask[row])
    return int(columns[-1] - columns[0]) + 1 if columns.size else 0
