"""Pictures that the page shows beside those that the package writes anyway."""

import cv2
import numpy as np

from pleura.core.types import Pixels, Radiograph
from pleura.output.overlay import display
from pleura.output.png import encode_png
from pleura.serve.work.facts import LEVELS

THUMBNAIL_SIDE = 256
# On films level 1 is as quick as any level that compresses, and within a tenth of the smallest.
_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


def film_png(film: Radiograph) -> bytes:
    """The film at full size and depth, 1 = dense = white, as a 16-bit grey PNG; no window is applied.

    Raises:
        RuntimeError: OpenCV cannot write it.
    """
    done, content = cv2.imencode(".png", np.rint(film.pixels * LEVELS).astype(np.uint16), _FAST)
    if not done:
        raise RuntimeError("OpenCV cannot write a PNG")
    return content.tobytes()


def probability_png(probabilities: Pixels) -> bytes:
    """The probability map, (H, W) in [0, 1], as an 8-bit grey PNG: 255 is 1."""
    return encode_png(np.rint(np.clip(probabilities, 0, 1) * 255).astype(np.uint8))


def thumbnail_png(film: Radiograph) -> bytes:
    """The film as a viewer shows it, its longer side at most 256 pixels."""
    height, width = film.shape
    scale = min(1.0, THUMBNAIL_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return encode_png(np.asarray(cv2.resize(display(film), size, interpolation=cv2.INTER_AREA), dtype=np.uint8))
