"""From stored integers to grey values in [0, 1], and from three equal channels to one."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.types import Pixels

Stored = NDArray[np.integer[Any]]

_GREY_TOLERANCE = 0.02
"""Channels of a grey film differ by a level or two after lossy compression; a colour photo's by far more."""


def to_unit(values: Stored, bits: int) -> Pixels:
    """Scale by the declared range, (H, W) in [0, 2**bits - 1] -> float32 in [0, 1], in one pass."""
    unit: Pixels = np.divide(values, np.float32((1 << bits) - 1), dtype=np.float32)
    return unit


def one_channel(path: str, colour: Stored, bits: int) -> Stored:
    """Turn a grey film stored as colour, (H, W, 3) RGB, into (H, W).

    Raises:
        UnreadableImage: `photometric`, if the channels differ.
    """
    red, green, blue = cv2.split(colour)
    most = max(float(cv2.absdiff(red, green).max()), float(cv2.absdiff(green, blue).max()))
    if most > _GREY_TOLERANCE * ((1 << bits) - 1):
        reason = "a colour picture: its channels differ"
        raise UnreadableImage(path, Refusal.PHOTOMETRIC, reason, "Give the film itself, in grey.")
    return np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY))
