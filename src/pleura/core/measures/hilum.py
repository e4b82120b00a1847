"""The distance between the pleurae at the level of the hilum, in cm (MacDuff 2010)."""

from pleura.core.measures.lengths import gap_cm
from pleura.core.measures.needs import half
from pleura.core.measures.scene import Scene, Unsaid, Value


def interpleural_hilum(scene: Scene) -> Value | Unsaid:
    """The air between the chest wall and the lung, along the film's row through the hilum."""
    return gap_cm(scene, half(scene).hilum)
