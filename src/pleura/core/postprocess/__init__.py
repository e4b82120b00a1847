"""The one way from a network's outputs to a decision and a native-size outline."""

from pleura.core.postprocess.decision import Verdict, decide, decide_grid
from pleura.core.postprocess.grid import drop_small, grid_pixels, to_native
from pleura.core.postprocess.maps import average, film_maps, fold_flips, lay_over, probabilities
from pleura.core.postprocess.presence import presence_score, presence_threshold

__all__ = [
    "Verdict",
    "average",
    "decide",
    "decide_grid",
    "drop_small",
    "film_maps",
    "fold_flips",
    "grid_pixels",
    "lay_over",
    "presence_score",
    "presence_threshold",
    "probabilities",
    "to_native",
]
