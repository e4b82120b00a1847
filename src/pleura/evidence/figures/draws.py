"""Draws of patients with all their films, some rounds at a time, so that memory does not grow with the rounds."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pleura.evidence.figures.sums import Floats

ROUNDS = 2000
_CELLS = 200_000
"""Weights held at a time (rounds by films): as many as stay near the processor, whatever the rounds."""


def bootstrap_weights(groups: NDArray[np.int64], rounds: int, seed: int) -> Iterator[Floats]:
    """How often each film is drawn in a bootstrap (Efron 1979), (some rounds, N) at a time.

    Args:
        groups: (N,) any number, equal within a patient (`pleura.data.groups.film_groups`). As many groups as there
            are get drawn with replacement in each round, each with all its films.
        rounds: how often in all, at least 1.
        seed: of the draws.

    Raises:
        ValueError: no film, or no round.
    """
    group_of, count = _numbered(groups, rounds)
    generator = np.random.default_rng(seed)
    for size in _blocks(groups.size, rounds):
        chosen = generator.integers(0, count, (size, count)) + count * np.arange(size)[:, None]
        times = np.bincount(chosen.ravel(), minlength=size * count).reshape(size, count)
        yield times[:, group_of].astype(np.float64)


def swaps(groups: NDArray[np.int64], rounds: int, seed: int) -> Iterator[NDArray[np.bool_]]:
    """Whether two readers change places on each film in a permutation test, (some rounds, N) at a time.

    A coin is thrown for each group: all films of a patient change readers, or none.

    Raises:
        ValueError: no film, or no round.
    """
    group_of, count = _numbered(groups, rounds)
    generator = np.random.default_rng(seed)
    for size in _blocks(groups.size, rounds):
        yield generator.integers(0, 2, (size, count), dtype=np.uint8).astype(np.bool_)[:, group_of]


def blocks(films: int, rounds: int) -> int:
    """How many times the draws of films come."""
    return len(list(_blocks(films, rounds)))


def _numbered(groups: NDArray[np.int64], rounds: int) -> tuple[NDArray[np.int64], int]:
    if groups.size == 0 or rounds < 1:
        raise ValueError(f"{groups.size} films and {rounds} rounds: at least one of each is needed to draw")
    group_of = np.unique(groups, return_inverse=True)[1]
    return group_of, int(group_of.max()) + 1


def _blocks(films: int, rounds: int) -> Iterator[int]:
    step = max(1, _CELLS // films)
    for start in range(0, rounds, step):
        yield min(step, rounds - start)
