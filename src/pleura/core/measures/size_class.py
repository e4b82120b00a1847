"""Large or small, by the cut-offs of three guidelines; they name different places, so they may disagree."""

from pleura.core.measures.apex import apex_to_cupola
from pleura.core.measures.hilum import interpleural_hilum
from pleura.core.measures.lateral import interpleural_lateral
from pleura.core.measures.scene import Distance, Scene, Unsaid, Value

LARGE, SMALL = "large", "small"
_BTS_CM, _ACCP_CM = 2.0, 3.0
_ROUNDING_CM = 1e-9


def bts_2010(scene: Scene) -> Value | Unsaid:
    """Large from 2 cm at the level of the hilum on."""
    return _class(interpleural_hilum(scene), _BTS_CM)


def bts_2023(scene: Scene) -> Value | Unsaid:
    """Large from 2 cm on, beside the lung or above its apex."""
    distances = (interpleural_lateral(scene), apex_to_cupola(scene))
    return _class(max(distances, key=lambda distance: distance.cm), _BTS_CM)


def accp_2001(scene: Scene) -> Value | Unsaid:
    """Large from 3 cm between apex and cupola on."""
    return _class(apex_to_cupola(scene), _ACCP_CM)


def _class(distance: Distance | Unsaid, cut: float) -> Value | Unsaid:
    if isinstance(distance, Unsaid):
        return distance
    return LARGE if distance.cm >= cut - _ROUNDING_CM else SMALL
