"""How many parts an outline has, and whether both sides have one."""

from pleura.core.measures.scene import Scene, Unsaid, Value


def region_count(scene: Scene) -> Value | Unsaid:
    """The connected parts of the outline."""
    return len(scene.regions)


def bilateral(scene: Scene) -> Value | Unsaid:
    """Whether parts lie on both sides."""
    return len({region.side for region in scene.regions}) > 1
