"""The distance between the pleurae at the level of the hilum, in cm (MacDuff 2010)."""

from pleura.core.measures.lengths import gap_along
from pleura.core.measures.needs import half
from pleura.core.measures.scene import Distance, Scene, Unsaid


def interpleural_hilum(scene: Scene) -> Distance | Unsaid:
    """The air between the chest wall and the lung, along the film's row through the hilum."""
    return gap_along(scene, half(scene).hilum)
