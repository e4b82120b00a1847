"""A grid seen in overlapping windows, and what was said of them joined again."""

from collections.abc import Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from pleura.core.geometry import Window
from pleura.core.spec import Patch

_DEVIATIONS_A_SIDE = 8


def patch_windows(side: int, patch: Patch) -> tuple[Window, ...]:
    """The windows that cover a grid of `side`, row by row: evenly spread, overlapping by `patch.overlap` or more."""
    step = max(1, round(patch.side * (1 - patch.overlap)))
    count = -(-(side - patch.side) // step) + 1
    starts = np.linspace(0, side - patch.side, count).round().astype(int).tolist()
    return tuple(Window(top, top + patch.side, left, left + patch.side) for top, left in product(starts, repeat=2))


def patch_weight(side: int) -> NDArray[np.float32]:
    """How much each pixel of a patch counts, (side, side) in (0, 1]: a Gaussian of deviation side / 8."""
    away = (np.arange(side) - (side - 1) / 2) * _DEVIATIONS_A_SIDE / side
    profile = np.exp(-np.square(away) / 2)
    weight: NDArray[np.float32] = np.outer(profile, profile).astype(np.float32)
    return weight


def cut_patches(films: NDArray[np.float32], patch: Patch) -> NDArray[np.float32]:
    """Windows of films, (N, C, S, S) -> (windows * N, C, side, side): all films' first window, then their second."""
    windows = patch_windows(films.shape[-1], patch)
    return np.concatenate([films[..., each.top : each.bottom, each.left : each.right] for each in windows])


def join_patches(
    outputs: Mapping[str, NDArray[np.float32]], side: int, patch: Patch
) -> dict[str, NDArray[np.float32]]:
    """What a network said of windows, in the order of `cut_patches`, as what it says of films.

    Args:
        outputs: planes, (windows * N, 1, patch.side, patch.side), averaged under a Gaussian weight; and scores,
            (windows * N,), of which the largest is the film's: there is air on a film where any window has some.
        side: that of the grid.
        patch: how the films were cut.
    """
    windows = patch_windows(side, patch)
    return {
        name: _join_planes(said, side, windows) if said.ndim > 1 else said.reshape(len(windows), -1).max(axis=0)
        for name, said in outputs.items()
    }


def _join_planes(planes: NDArray[np.float32], side: int, windows: tuple[Window, ...]) -> NDArray[np.float32]:
    weight = patch_weight(planes.shape[-1])
    films = len(planes) // len(windows)
    total = np.zeros((films, planes.shape[1], side, side), dtype=np.float32)
    weights = np.zeros((side, side), dtype=np.float32)
    for number, at in enumerate(windows):
        total[..., at.top : at.bottom, at.left : at.right] += planes[number * films : (number + 1) * films] * weight
        weights[at.top : at.bottom, at.left : at.right] += weight
    total /= weights
    return total
