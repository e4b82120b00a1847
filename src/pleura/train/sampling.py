"""Which films stand in an epoch, and in what order."""

import numpy as np
from numpy.typing import NDArray

_SHUFFLE = 1
"""Keeps the order's random stream apart from those of the films, which are seeded by (seed, epoch, film)."""


def epoch_order(present: NDArray[np.bool_], positive_rate: float | None, seed: int, epoch: int) -> NDArray[np.int64]:
    """Draw an epoch's films as indices into `present`, (N,), shuffled; the same for the same seed and epoch.

    Every film with a pneumothorax stands in it once; negatives are drawn without replacement so that positives
    make up `positive_rate`, or all of them where that asks for more than there are. None takes every film once.
    """
    rng = np.random.default_rng([seed, epoch, len(present), _SHUFFLE])
    positives, negatives = np.flatnonzero(present), np.flatnonzero(~present)
    if positive_rate is not None:
        wanted = round(len(positives) * (1 - positive_rate) / positive_rate)
        negatives = rng.permutation(negatives)[:wanted]
    return rng.permutation(np.concatenate((positives, negatives)))
