"""How much of the hemithorax the outline takes, in % of its area on the film."""

from pleura.core.measures.needs import half
from pleura.core.measures.scene import Scene, Unsaid, Value


def hemithorax_percent(scene: Scene) -> Value | Unsaid:
    """100 x air inside the hemithorax / hemithorax; pixels of one size cancel out."""
    both = half(scene)
    return 100 * int(both.air.sum()) / int(both.cavity.sum())
