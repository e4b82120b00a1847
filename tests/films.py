"""Made-up films for tests."""

import cv2
import numpy as np

from pleura.core.types import Note, Radiograph, Source


def square_pixels(shape, corner, length):
    """Dark but for one bright square: (H, W) float32."""
    pixels = np.full(shape, 0.2, dtype=np.float32)
    pixels[corner[0] : corner[0] + length, corner[1] : corner[1] + length] = 0.95
    return pixels


def bright_square(shape, corner, length) -> Radiograph:
    source = Source("square.png", "square.png", "0" * 64, "png")
    return Radiograph(square_pixels(shape, corner, length), source, 8, notes=(Note("test", "made up"),))


def write_square(path, shape=(256, 256), corner=(64, 32), length=80):
    """The same as an 8-bit picture file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _, content = cv2.imencode(path.suffix, np.rint(square_pixels(shape, corner, length) * 255).astype(np.uint8))
    path.write_bytes(content.tobytes())
    return path
