"""The greatest distance between the pleurae beside the lung, in cm (Roberts 2023)."""

import numpy as np

from pleura.core.measures.lengths import widest_beside
from pleura.core.measures.needs import half
from pleura.core.measures.scene import Distance, Scene


def interpleural_lateral(scene: Scene) -> Distance:
    """The widest air between the lung and the chest wall nearest to it, from the lung's upper quarter down.

    Above that level the chest wall bends over the lung: there the distance from the cupola speaks. A row crosses the
    gap aslant where the chest wall leans, and reads it a sixth too long at 30 degrees, so that it only bounds it.
    """
    side = half(scene)
    rows = np.flatnonzero(side.gaps >= 0)
    return widest_beside(scene, rows[rows >= side.lung_level(1)])
