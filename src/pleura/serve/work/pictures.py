"""Pictures that the page shows beside those that the package writes anyway."""

import cv2
import numpy as np

from pleura.core.types import Pixels, Radiograph
from pleura.output.overlay import display
from pleura.output.png import encode_png
from pleura.serve.work.facts import LEVELS

THUMBNAIL_SIDE = 256


def film_png(film: Radiograph) -> bytes:
    """The film at full size and depth, 1 = dense = white, as a 16-bit grey PNG; no window is applied."""
    return encode_png(np.rint(film.pixels * LEVELS).astype(np.uint16))


def probability_png(probabilities: Pixels) -> bytes:
    """The probability map, (H, W) in [0, 1], as an 8-bit grey PNG: 255 is 1."""
    return encode_png(np.rint(np.clip(probabilities, 0, 1) * 255).astype(np.uint8))


def thumbnail_png(film: Radiograph) -> bytes:
    """The film as a viewer shows it, its longer side at most 256 pixels."""
    height, width = film.shape
    scale = min(1.0, THUMBNAIL_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return encode_png(np.asarray(cv2.resize(display(film), size, interpolation=cv2.INTER_AREA), dtype=np.uint8))
