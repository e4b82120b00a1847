"""What a model said of a set of films beside the truth, and every figure that follows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import Confusion, Counts, brier, ece, pixel_confusion, ranking_scores


@dataclass(frozen=True)
class Judged:
    """N films: the pixel counts of their masks, their image-level scores in [0, 1] and the decisions on them."""

    counts: Counts
    scores: NDArray[np.float64]
    decided: NDArray[np.bool_]

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N,) whether the truth marks a pneumothorax."""
        return self.counts.true > 0

    def take(self, films: NDArray[np.int64]) -> "Judged":
        """Some of the films, by position."""
        return Judged(self.counts.take(films), self.scores[films], self.decided[films])

    def figures(self) -> dict[str, float]:
        """Every overlap and image-level figure; NaN where undefined."""
        return {
            **self.counts.scores(),
            **ranking_scores(self.scores, self.present),
            "ece": ece(self.scores, self.present),
            "brier": brier(self.scores, self.present),
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
