"""Which films stand in an epoch, and in what order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.recipe import Stage

_SHUFFLE = 1
"""Keeps the order's random stream apart from those of the films, which are seeded by (seed, epoch, film)."""


@dataclass(frozen=True, eq=False)
class Hardest:
    """How many of an epoch's negatives are taken for what was wrongly found on them.

    Attributes:
        share: of the negatives, in [0, 1].
        scores: (N,), a film's false positive score when it was last seen in training, NaN where it never was. Films
            that were never seen rank with those of score 0, and equal scores in the order of the draw.
    """

    share: float
    scores: NDArray[np.float32]


def epoch_order(
    present: NDArray[np.bool_],
    positive_rate: float | None,
    seed: int,
    epoch: int,
    hardest: Hardest | None = None,
    films: int | None = None,
) -> NDArray[np.int64]:
    """Draw an epoch's films as indices into `present`, (N,), shuffled; the same for the same seed and epoch.

    Every film with a pneumothorax stands in it once; negatives are taken without replacement so that positives
    make up `positive_rate`, or all of them where that asks for more than there are: first the `hardest`, the others
    drawn. None takes every film once. No more than `films` of them are kept, where that is given.
    """
    rng = np.random.default_rng([seed, epoch, len(present), _SHUFFLE])
    positives, negatives = np.flatnonzero(present), np.flatnonzero(~present)
    if positive_rate is not None:
        wanted = round(len(positives) * (1 - positive_rate) / positive_rate)
        negatives = rng.permutation(negatives)
        if hardest is not None:
            negatives = _hardest_first(negatives, hardest, round(hardest.share * wanted))
        negatives = negatives[:wanted]
    return rng.permutation(np.concatenate((positives, negatives)))[:films]


def _hardest_first(drawn: NDArray[np.int64], hardest: Hardest, count: int) -> NDArray[np.int64]:
    """The `count` of highest score, then the others as they were drawn."""
    ranked = np.argsort(-np.nan_to_num(hardest.scores[drawn], nan=0.0), kind="stable")[:count]
    return np.concatenate((drawn[ranked], np.delete(drawn, ranked)))


def positive_rate(stage: Stage, epoch: int) -> float | None:
    """The share of films with a pneumothorax in the stage's epoch `epoch`, from 0: a line from rate to end."""
    if stage.positive_rate is None or stage.positive_rate_end is None:
        return stage.positive_rate
    share = epoch / max(1, stage.epochs - 1)
    return stage.positive_rate + share * (stage.positive_rate_end - stage.positive_rate)
