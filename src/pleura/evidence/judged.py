"""What a model said of a set of films beside the truth, and every figure that follows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import Confusion, Counts, brier, ece, pixel_confusion, ranking_scores


@dataclass(frozen=True)
class Judged:
    """What was said of N films.

    Attributes:
        counts: pixels of their masks.
        scores: (N,) image-level scores in [0, 1]; a film is positive where its score exceeds the threshold.
        decided: (N,) bool, the decisions.
        calibrated: (N,) the scores as calibrated probabilities in [0, 1]; None without a calibration.
    """

    counts: Counts
    scores: NDArray[np.float64]
    decided: NDArray[np.bool_]
    calibrated: NDArray[np.float64] | None = None

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N,) whether the truth marks a pneumothorax."""
        return self.counts.true > 0

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """(N,) what was given as the probability of a pneumothorax."""
        return self.scores if self.calibrated is None else self.calibrated

    def take(self, films: NDArray[np.int64]) -> "Judged":
        """Some of the films, by position."""
        calibrated = None if self.calibrated is None else self.calibrated[films]
        return Judged(self.counts.take(films), self.scores[films], self.decided[films], calibrated)

    def figures(self) -> dict[str, float]:
        """Every overlap and image-level figure; NaN where undefined."""
        return {
            **self.counts.scores(),
            **ranking_scores(self.scores, self.present),
            "ece": ece(self.probabilities, self.present),
            "brier": brier(self.probabilities, self.present),
            "films_correct": self.film_confusion().accuracy,
        }

    def film_confusion(self) -> Confusion:
        """Films by truth and decision."""
        return Confusion.of(self.decided, self.present)

    def pixel_confusion(self) -> Confusion:
        """Pixels of all films by truth and outline."""
        return pixel_confusion(self.counts)


def defined(figures: Mapping[str, float]) -> dict[str, float]:
    """The figures that have a value: a model's spec holds no others."""
    return {name: value for name, value in figures.items() if not math.isnan(value)}


def nullable(figures: Mapping[str, float]) -> dict[str, float | None]:
    """The figures with None where undefined, since JSON has no NaN."""
    return {name: None if math.isnan(value) else value for name, value in figures.items()}
