"""What one model, or any other tool, said of films beside the truth: no pixels, so that it may be kept and paired."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.evidence.judged import Judged

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Surfaces:
    """How far the borders of N predicted masks lie from the true ones.

    Attributes:
        nsd: (N,) normalised surface distance at 2 mm (2 px where `in_mm` is False), in [0, 1]; 0 where exactly one
            mask is empty, NaN where both are.
        hd95: (N,) 95th percentile of the Hausdorff distance, mm or px; NaN where either mask is empty.
        in_mm: (N,) bool, whether the film's spacing is known.
    """

    nsd: Floats
    hd95: Floats
    in_mm: NDArray[np.bool_]

    def take(self, places: NDArray[np.int64]) -> "Surfaces":
        """Some of the films, by place."""
        return Surfaces(self.nsd[places], self.hd95[places], self.in_mm[places])


@dataclass(frozen=True)
class Augmented:
    """(N,) bool each: decisions without and with test-time augmentation."""

    plain: NDArray[np.bool_]
    averaged: NDArray[np.bool_]

    def take(self, places: NDArray[np.int64]) -> "Augmented":
        """Some of the films, by place."""
        return Augmented(self.plain[places], self.averaged[places])


@dataclass(frozen=True)
class Evaluation:
    """One reader judged on N films.

    Attributes:
        films: (N,) positions of the films in the data set.
        judged: counts, scores and decisions.
        surfaces: distances of borders.
        scored: whether image-level scores were given; without them `judged.scores` only repeats the decisions as
            0 and 1, and no figure of ranking or calibration is defined.
        augmented: decisions without and with test-time augmentation; None where there is no such choice.
        soft: (N, 2) sums of the probabilities inside the truth and over the film; None without a map.
    """

    films: NDArray[np.int64]
    judged: Judged
    surfaces: Surfaces
    scored: bool = True
    augmented: Augmented | None = None
    soft: Floats | None = None

    def take(self, places: NDArray[np.int64]) -> "Evaluation":
        """Some of the films, by place."""
        return Evaluation(
            self.films[places],
            self.judged.take(places),
            self.surfaces.take(places),
            self.scored,
            None if self.augmented is None else self.augmented.take(places),
            None if self.soft is None else self.soft[places],
        )
