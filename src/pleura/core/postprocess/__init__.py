"""The one way from a network's outputs to a decision and a native-size outline."""

from pleura.core.postprocess.decision import Relief, Verdict, decide, decide_grid, native_outline, relief_of
from pleura.core.postprocess.grid import drop_small, grid_pixels, to_native
from pleura.core.postprocess.maps import average, film_maps, fold_flips, lay_over, mean_label, probabilities
from pleura.core.postprocess.presence import gated_score, presence_score, presence_threshold
from pleura.core.postprocess.ruled_out import ruled_out_maps

__all__ = [
    "Relief",
    "Verdict",
    "average",
    "decide",
    "decide_grid",
    "drop_small",
    "film_maps",
    "fold_flips",
    "gated_score",
    "grid_pixels",
    "lay_over",
    "mean_label",
    "native_outline",
    "presence_score",
    "presence_threshold",
    "probabilities",
    "relief_of",
    "ruled_out_maps",
    "to_native",
]
