"""Whether the image-level score may be read as a probability."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True)
class Reliability:
    """The rows of a reliability diagram, all (bins,): films, mean probability and share truly present (or NaN)."""

    films: NDArray[np.int64]
    probability: NDArray[np.float64]
    present: NDArray[np.float64]


def reliability(probabilities: NDArray[np.floating], labels: NDArray[np.bool_], bins: int = BINS) -> Reliability:
    """Sort films into bins of equal width over [0, 1] by their probability, (N,), and compare with the truth.

    Raises:
        ValueError: the lengths differ or a probability lies outside [0, 1].
    """
    if probabilities.shape != labels.shape or probabilities.ndim != 1:
        raise ValueError(f"probabilities {probabilities.shape} and labels {labels.shape} must be of one length")
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("a probability lies outside [0, 1]")
    place = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    films = np.bincount(place, minlength=bins)
    mean, present = np.full(bins, np.nan), np.full(bins, np.nan)
    np.divide(np.bincount(place, probabilities, bins), films, out=mean, where=films > 0)
    np.divide(np.bincount(place, labels, bins), films, out=present, where=films > 0)
    return Reliability(films.astype(np.int64), mean, present)


def ece(probabilities: NDArray[np.floating], labels: NDArray[np.bool_], bins: int = BINS) -> float:
    """Expected calibration error over bins of equal width, in [0, 1]; NaN without films (Guo et al. 2017)."""
    rows = reliability(probabilities, labels, bins)
    used = rows.films > 0
    if not used.any():
        return math.nan
    gaps = np.abs(rows.probability[used] - rows.present[used])
    return float(np.average(gaps, weights=rows.films[used]))


def brier(probabilities: NDArray[np.floating], labels: NDArray[np.bool_]) -> float:
    """Mean squared distance of probability and truth, in [0, 1]; NaN without films (Brier 1950)."""
    if probabilities.shape != labels.shape:
        raise ValueError(f"probabilities {probabilities.shape} and labels {labels.shape} must be of one length")
    return float(np.mean((probabilities - labels) ** 2)) if labels.size else math.nan
