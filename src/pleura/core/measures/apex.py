"""The distance from the cupola of the pleura down to the apex of the lung, in cm (Baumann 2001)."""

from pleura.core.measures.lengths import down_to
from pleura.core.measures.needs import half
from pleura.core.measures.scene import Distance, Scene


def apex_to_cupola(scene: Scene) -> Distance:
    """Rows between the highest point of the hemithorax and that of the lung; 0 where no air stands above the lung."""
    side = half(scene)
    apex, _ = side.lung_rows
    return down_to(scene, apex) if side.air[:apex].any() else Distance(0.0)
