"""Pictures that are stored of a film beside those that the package writes anyway, and read again."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Hemithoraces, Mask, Pixels, Radiograph
from pleura.output.overlay import display
from pleura.output.png import encode_png
from pleura.serve.work.facts import LEVELS

THUMBNAIL_SIDE = 256
_RIGHT, _LEFT = 127, 255
_INSIDE = 127


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


def hemithoraces_png(hemithoraces: Hemithoraces) -> bytes:
    """Both hemithoraces, which overlap nowhere, as an 8-bit grey PNG: 127 the patient's right, 255 the left."""
    picture = np.multiply(hemithoraces.left, _LEFT, dtype=np.uint8)
    picture[hemithoraces.right] = _RIGHT
    return encode_png(picture)


def read_hemithoraces(path: Path) -> Hemithoraces | None:
    """The same again, not `told` apart and without hila, as the shipped lungs leave them; None without a file."""
    if not path.is_file():
        return None
    picture = read_grey(path)
    return Hemithoraces(picture == _RIGHT, picture == _LEFT, told=False)


def read_mask(path: Path) -> Mask:
    """A stored mask, (H, W) bool.

    Raises:
        FileNotFoundError: it has been deleted.
    """
    mask: Mask = read_grey(path) > _INSIDE
    return mask


def read_grey(path: Path) -> NDArray[np.uint8]:
    """An 8-bit grey PNG that was stored here, (H, W).

    Raises:
        FileNotFoundError: it has been deleted.
    """
    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise FileNotFoundError(f"{path.name} is no longer a PNG")
    return np.asarray(picture, dtype=np.uint8)
