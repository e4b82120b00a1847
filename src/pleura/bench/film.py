"""A drawn chest film: nobody's, the same on every machine, with air at one side, so that there is much to measure."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Pixels

_TISSUE, _LUNG, _AIR, _HEART, _RIB = 0.75, 0.3, 0.06, 0.8, 0.12
_GRAIN, _MARKINGS = 0.012, 0.05
_RIBS = 9


def drawn_film(height: int, width: int) -> Pixels:
    """Two lungs in soft tissue, heart, ribs, vessels and the grain of a detector; (height, width) float32 in [0, 1].

    The patient's right lung, at the picture's left, has sunk: above and beside it there is nothing but air.
    """
    lungs = np.zeros((height, width), np.float32)
    for centre in (0.3, 0.7):
        _ellipse(lungs, (centre, 0.5), (0.155, 0.36))
    vessels = _clouds(height, width, 24) * _MARKINGS
    film = _TISSUE - 0.15 * _clouds(height, width, 4)
    inside = cv2.GaussianBlur(lungs, (0, 0), width / 200)
    film = film * (1 - inside) + (_LUNG + vessels) * inside
    sunk = np.zeros_like(lungs)
    _ellipse(sunk, (0.335, 0.57), (0.11, 0.28))
    air = lungs * (1 - sunk)
    air[:, width // 2 :] = 0
    film = np.where(air > 0, _AIR, film)
    heart = np.zeros_like(lungs)
    _ellipse(heart, (0.55, 0.65), (0.14, 0.15))
    film += (_HEART - film) * cv2.GaussianBlur(heart, (0, 0), width / 150)
    film += _RIB * _ribs(height, width) * inside
    film += np.random.default_rng(0).normal(0, _GRAIN, film.shape)
    result: Pixels = np.clip(film, 0, 1).astype(np.float32)
    return result


def _ribs(height: int, width: int) -> NDArray[np.float32]:
    ribs = np.zeros((height, width), np.float32)
    for number in range(_RIBS):
        for centre, slope in ((0.3, 15), (0.7, -15)):
            middle = (int(centre * width), int((0.17 + 0.085 * number) * height))
            axes = (int(0.2 * width), int(0.05 * height))
            cv2.ellipse(ribs, middle, axes, slope, 180, 360, 1.0, max(1, height // 60), cv2.LINE_AA)
    return ribs


def _ellipse(plane: NDArray[np.float32], centre: tuple[float, float], half: tuple[float, float]) -> None:
    """Fill an upright ellipse; `centre` and `half` are (x, y) in shares of the film's width and height."""
    height, width = plane.shape
    middle = (int(centre[0] * width), int(centre[1] * height))
    cv2.ellipse(plane, middle, (int(half[0] * width), int(half[1] * height)), 0, 0, 360, 1.0, -1)


def _clouds(height: int, width: int, grain: int) -> NDArray[np.float32]:
    """Smooth noise in [0, 1] of about `grain` waves a side."""
    coarse = np.random.default_rng(grain).random((grain, grain), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float32)
