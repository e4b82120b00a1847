"""How well the image-level score tells films with a pneumothorax from films without."""

import math

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics.confusion import Confusion

Floats = NDArray[np.floating]
Labels = NDArray[np.bool_]


def auroc(scores: Floats, labels: Labels) -> float:
    """Area under the ROC curve: the chance that a positive outscores a negative, ties counting half.

    Args:
        scores: (N,) the image-level score, higher = more likely present.
        labels: (N,) bool, truly present.

    Returns:
        A number in [0, 1]; NaN without a positive or without a negative. Hanley & McNeil 1982.

    Raises:
        ValueError: the lengths differ, or a score is NaN.
    """
    caught, alarms = _curve(scores, labels)
    if caught[-1] == 0 or alarms[-1] == 0:
        return math.nan
    area = np.sum(np.diff(alarms) * (caught[1:] + caught[:-1])) / 2
    return float(area / (caught[-1] * alarms[-1]))


def average_precision(scores: Floats, labels: Labels) -> float:
    """Average precision: precision at each threshold weighted by the recall it adds, no interpolation.

    Returns:
        A number in [0, 1]; NaN without a positive.

    Raises:
        ValueError: the lengths differ, or a score is NaN.
    """
    caught, alarms = _curve(scores, labels)
    if caught[-1] == 0:
        return math.nan
    precision = caught[1:] / (caught[1:] + alarms[1:])
    return float(np.sum(np.diff(caught) * precision) / caught[-1])


def sensitivity_at(scores: Floats, labels: Labels, specificity: float) -> float:
    """The best sensitivity of any threshold whose specificity is at least the one given; NaN if undefined."""
    caught, alarms = _curve(scores, labels)
    if caught[-1] == 0 or alarms[-1] == 0:
        return math.nan
    allowed = (alarms[-1] - alarms) / alarms[-1] >= specificity
    return float(caught[allowed].max() / caught[-1])


def specificity_at(scores: Floats, labels: Labels, sensitivity: float) -> float:
    """The best specificity of any threshold whose sensitivity is at least the one given; NaN if undefined."""
    caught, alarms = _curve(scores, labels)
    if caught[-1] == 0 or alarms[-1] == 0:
        return math.nan
    allowed = caught / caught[-1] >= sensitivity
    return float((alarms[-1] - alarms[allowed]).max() / alarms[-1])


def ranking_scores(scores: Floats, labels: Labels) -> dict[str, float]:
    """The threshold-free figures of the image-level score; NaN where undefined."""
    return {
        "auroc": auroc(scores, labels),
        "ap": average_precision(scores, labels),
        "sensitivity_at_specificity_90": sensitivity_at(scores, labels, 0.90),
        "sensitivity_at_specificity_95": sensitivity_at(scores, labels, 0.95),
        "specificity_at_sensitivity_90": specificity_at(scores, labels, 0.90),
        "specificity_at_sensitivity_95": specificity_at(scores, labels, 0.95),
    }


def tta_correct(plain: Labels, averaged: Labels, labels: Labels) -> dict[str, float]:
    """Share of films decided correctly without and with test-time augmentation (tan2025), each in [0, 1].

    Args:
        plain: (N,) bool, decisions on the film alone.
        averaged: (N,) bool, decisions with test-time augmentation.
        labels: (N,) bool, truly present.
    """
    return {
        "plain": Confusion.of(plain, labels).accuracy,
        "tta": Confusion.of(averaged, labels).accuracy,
    }


def _curve(scores: Floats, labels: Labels) -> tuple[Floats, Floats]:
    """Positives and negatives caught at each distinct threshold from the highest down, (K + 1,), 0 first."""
    if scores.shape != labels.shape or scores.ndim != 1:
        raise ValueError(f"scores {scores.shape} and labels {labels.shape} must be of one length")
    if np.isnan(scores).any():
        raise ValueError("a score is NaN")
    order = np.argsort(-scores, kind="stable")
    ranked, present = scores[order], labels[order].astype(np.bool_)
    ends = np.flatnonzero(np.append(np.diff(ranked) != 0, ranked.size > 0))
    caught = np.concatenate(([0.0], np.cumsum(present)[ends]))
    alarms = np.concatenate(([0.0], np.cumsum(~present)[ends]))
    return caught, alarms
