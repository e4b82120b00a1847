"""The area of the outline in the plane of the detector, in cm2."""

from pleura.core.measures.scene import Scene, Unsaid, Value


def area(scene: Scene) -> Value | Unsaid:
    """The sum over the parts; 0 where nothing was found."""
    return float(sum(region.area_cm2 for region in scene.regions if region.area_cm2 is not None))
