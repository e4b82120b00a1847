"""ROC and precision-recall curves with the band in which they lie."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.draws import ROUNDS, bootstrap_weights
from pleura.evidence.figures.estimate import percentiles
from pleura.evidence.figures.ranks import cumulated
from pleura.evidence.figures.sums import Floats, ratio

_STEPS = 101
_ROUNDING = 1e-12
"""A share of films that is a step of the grid but for the rounding of its binary digits is that step."""


@dataclass(frozen=True)
class Band:
    """A curve over x with its pointwise 95 % band, all (K,) in [0, 1], `x` ascending from 0 to 1.

    NaN where the films, or no draw of them, define the curve.
    """

    x: Floats
    y: Floats
    low: Floats
    high: Floats


def roc_band(evaluation: Evaluation, groups: NDArray[np.int64], rounds: int = ROUNDS, seed: int = 0) -> Band:
    """Sensitivity (y) over 1 - specificity (x), straight between thresholds, as `auroc` counts its area.

    Args:
        evaluation: N films with scores.
        groups: (N,) equal within a patient; drawn as in `summarise`. The band is vertical: at each x the 95 % of
            the draws' sensitivities (Macskassy & Provost 2004).
        rounds: draws.
        seed: of the draws.

    Raises:
        ValueError: the reader gave no scores, no film, or groups of another length.
    """
    return _band(_sensitivities, evaluation, groups, rounds, seed)


def pr_band(evaluation: Evaluation, groups: NDArray[np.int64], rounds: int = ROUNDS, seed: int = 0) -> Band:
    """Precision (y) over recall (x): that of the highest threshold whose recall is at least x, as `ap` weighs it.

    At recall 0 stands the precision of the highest score. Arguments and errors are those of `roc_band`.

    Raises:
        ValueError: as there.
    """
    return _band(_precisions, evaluation, groups, rounds, seed)


Curves = Callable[[Floats, Floats, Floats], Floats]


def _band(curves: Curves, evaluation: Evaluation, groups: NDArray[np.int64], rounds: int, seed: int) -> Band:
    judged = evaluation.judged
    if not evaluation.scored:
        raise ValueError("a reader without scores has no curve")
    if groups.shape != judged.scores.shape:
        raise ValueError(f"groups {groups.shape} must have one number for each film of {judged.scores.shape}")
    x = np.linspace(0.0, 1.0, _STEPS)
    drawn = [
        curves(*cumulated(judged.scores, judged.present, weights), x)
        for weights in bootstrap_weights(groups, rounds, seed)
    ]
    y = curves(*cumulated(judged.scores, judged.present, np.ones((1, groups.size))), x)[0]
    ends = np.array([percentiles(column) for column in np.concatenate(drawn).T])
    return Band(x, y, ends[:, 0], ends[:, 1])


def _sensitivities(caught: Floats, alarms: Floats, x: Floats) -> Floats:
    """(rounds, K + 1) counts -> (rounds, steps); NaN without a film of either kind."""
    across, up = ratio(alarms, alarms[:, -1:]), ratio(caught, caught[:, -1:])
    rows = np.full((len(caught), x.size), np.nan)
    for row, (mine, theirs) in enumerate(zip(across, up, strict=True)):
        if not np.isnan(mine[-1] + theirs[-1]):
            # Where the curve rises straight up, `interp` gives its upper end: what is reached at that x.
            rows[row] = np.interp(x + _ROUNDING, mine, theirs)
    return rows


def _precisions(caught: Floats, alarms: Floats, x: Floats) -> Floats:
    """(rounds, K + 1) counts -> (rounds, steps); NaN without a positive."""
    rows = np.full((len(caught), x.size), np.nan)
    for row, (mine, theirs) in enumerate(zip(caught, alarms, strict=True)):
        if mine[-1] > 0:
            # Scores that no drawn film has are no thresholds.
            found = np.flatnonzero(mine + theirs > 0)
            recall, precision = mine[found] / mine[-1], mine[found] / (mine[found] + theirs[found])
            rows[row] = precision[np.searchsorted(recall, x - _ROUNDING).clip(max=found.size - 1)]
    return rows
