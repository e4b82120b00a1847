"""The size of a pneumothorax in % of the hemithorax's volume by three distances (Collins 1995)."""

from pleura.core.measures.apex import apex_to_cupola
from pleura.core.measures.lengths import gap_along
from pleura.core.measures.needs import half
from pleura.core.measures.scene import Scene, Unsaid, Value

_CONSTANT, _SLOPE = 4.2, 4.7
_WHOLE = 100.0


def collins(scene: Scene) -> Value | Unsaid:
    """4.2 + 4.7 (A + B + C), at most 100: A above the apex, B and C beside the middles of the lung's two halves, cm.

    The formula was fitted to volumes measured by CT. Where all three distances are 0 it has nothing to go by.
    """
    side = half(scene)
    distances = []
    for distance in (apex_to_cupola(scene), *(gap_along(scene, side.lung_level(quarter)) for quarter in (1, 3))):
        if isinstance(distance, Unsaid):
            return distance
        distances.append(distance.cm)
    if not any(distances):
        return Unsaid("no air stands above the lung or beside the middles of its halves")
    return min(_WHOLE, _CONSTANT + _SLOPE * sum(distances))
