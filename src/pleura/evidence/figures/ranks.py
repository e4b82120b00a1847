"""Figures of the image-level score with films counted as often as they were drawn."""

import numpy as np
from numpy.typing import NDArray

from pleura.evidence.figures.sums import Figures, Floats, ratio

_LEVELS = (0.90, 0.95)


def cumulated(scores: Floats, present: NDArray[np.bool_], weights: Floats) -> tuple[Floats, Floats]:
    """Positives and negatives at or above each distinct score, from the highest down.

    Args:
        scores: (N,) image-level scores.
        present: (N,) bool, truly present.
        weights: (rounds, N) how often each film counts.

    Returns:
        Two arrays (rounds, K + 1), 0 first, ascending along the K distinct scores.
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, scores.size > 0))
    kinds = []
    for kind in (present, ~present):
        counted = np.zeros((weights.shape[0], ends.size + 1))
        counted[:, 1:] = np.cumsum(weights[:, order] * kind[order], axis=1)[:, ends]
        kinds.append(counted)
    return kinds[0], kinds[1]


def weighted_ranking(scores: Floats, present: NDArray[np.bool_], weights: Floats) -> Figures:
    """What `pleura.core.metrics.ranking_scores` gives on films repeated by their weights, (rounds,) each."""
    caught, alarms = cumulated(scores, present, weights)
    positives, negatives = caught[:, -1], alarms[:, -1]
    both = (positives > 0) & (negatives > 0)
    gained = np.diff(caught, axis=1)
    area = (np.diff(alarms, axis=1) * (caught[:, 1:] + caught[:, :-1])).sum(axis=1) / 2
    precision = ratio(caught[:, 1:], caught[:, 1:] + alarms[:, 1:], empty=0.0)
    specificity = ratio(negatives[:, None] - alarms, negatives[:, None])
    sensitivity = ratio(caught, positives[:, None])
    figures = {
        "auroc": ratio(area, positives * negatives),
        "ap": ratio((gained * precision).sum(axis=1), positives),
    }
    for level in _LEVELS:
        best = np.where(specificity >= level, sensitivity, 0.0).max(axis=1)
        figures[f"sensitivity_at_specificity_{100 * level:.0f}"] = np.where(both, best, np.nan)
    for level in _LEVELS:
        best = np.where(sensitivity >= level, specificity, 0.0).max(axis=1)
        figures[f"specificity_at_sensitivity_{100 * level:.0f}"] = np.where(both, best, np.nan)
    return figures


def weighted_calibration(probabilities: Floats, present: NDArray[np.bool_], weights: Floats, bins: int) -> Figures:
    """What `pleura.core.metrics.ece` and `brier` give on films repeated by their weights, (rounds,) each."""
    place = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    in_bin = place[:, None] == np.arange(bins)
    gaps = weights @ (in_bin * (probabilities - present)[:, None])
    films = weights.sum(axis=1)
    return {
        "ece": ratio(np.abs(gaps).sum(axis=1), films),
        "brier": ratio(weights @ (probabilities - present) ** 2, films),
    }
