"""The greatest distance between the pleurae beside the lung, in cm (Roberts 2023)."""

from pleura.core.measures.lengths import across_cm
from pleura.core.measures.needs import half
from pleura.core.measures.scene import Scene, Unsaid, Value


def interpleural_lateral(scene: Scene) -> Value | Unsaid:
    """The widest air between the chest wall and the lung along any row from the lung's upper quarter down.

    Above that level the chest wall bends over the lung, and a row would cross the gap aslant: there the distance from
    the cupola speaks.
    """
    side = half(scene)
    gaps = side.gaps[side.lung_level(1) :]
    return across_cm(scene, int(gaps.max()))
