"""The greatest distance between the pleurae beside the lung, in cm (Roberts 2023)."""

import numpy as np

from pleura.core.measures.lengths import beside_cm
from pleura.core.measures.needs import half
from pleura.core.measures.scene import Scene, Unsaid, Value


def interpleural_lateral(scene: Scene) -> Value | Unsaid:
    """The widest air between the lung and the chest wall nearest to it, from the lung's upper quarter down.

    Above that level the chest wall bends over the lung: there the distance from the cupola speaks. A row crosses the
    gap aslant where the chest wall leans, and reads it a sixth too long at 30 degrees, so that it only bounds it.
    """
    side = half(scene)
    rows = np.flatnonzero(side.gaps >= 0)
    return float(beside_cm(scene, rows[rows >= side.lung_level(1)]).max())
