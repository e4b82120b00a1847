"""The overlay as a PNG: the film at display contrast, its outline and its words."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.draw import draw_overlay
from pleura.core.preprocess import apply_voi, exposed
from pleura.core.types import Finding, Pixels, Radiograph
from pleura.output.png import encode_png

_LEVELS = 65536
_SAMPLE_SIDE = 256
_SHOWN_PERCENTILES = (0.5, 99.5)
_LEAST_SPAN = 1e-3


def overlay_png(finding: Finding) -> bytes:
    """Draw a finding over its film, as a PNG of the film's own size plus the bars with the words."""
    return encode_png(draw_overlay(finding, display(finding.film)))


def display(film: Radiograph) -> NDArray[np.uint8]:
    """A film as a viewer shows it, (H, W) in [0, 1] -> (H, W) uint8.

    The header's display curve where there is one, then the 0.5 and 99.5 percentiles of the exposed field. Each
    grey value becomes one other, so the curve is worked out for 65536 levels and looked up for every pixel; the
    percentiles come from a copy of at most 256 x 256, which keeps a 3000 x 3000 film quick.
    """
    height, width = film.shape
    small = (min(width, _SAMPLE_SIDE), min(height, _SAMPLE_SIDE))
    sample: Pixels = np.asarray(cv2.resize(film.pixels, small, interpolation=cv2.INTER_NEAREST), dtype=np.float32)
    curve: Pixels = np.linspace(0, 1, _LEVELS, dtype=np.float32)
    if film.voi is not None:
        sample, curve = apply_voi(sample, film.voi), apply_voi(curve, film.voi)
    low, high = np.percentile(exposed(sample), _SHOWN_PERCENTILES)
    shown = np.clip((curve - low) / max(high - low, _LEAST_SPAN), 0, 1)
    table: NDArray[np.uint8] = np.rint(shown * 255).astype(np.uint8)
    # One pass that scales, rounds and saturates; NumPy would need four.
    levels = cv2.addWeighted(film.pixels, _LEVELS - 1, film.pixels, 0, 0, dtype=cv2.CV_16U)
    # Indexing would first turn every level into eight bytes.
    picture: NDArray[np.uint8] = np.asarray(cv2.LUT(levels, table), dtype=np.uint8)
    return picture
