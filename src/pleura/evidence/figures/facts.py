"""What figures need of films beside what a reader said of them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.data import Case, Dataset

_MM2_A_CM2 = 100.0


@dataclass(frozen=True)
class FilmFacts:
    """Facts of N films.

    Attributes:
        pixel_cm2: (N,) area of a pixel in the plane of the detector, cm2; NaN where the spacing is unknown.
    """

    pixel_cm2: NDArray[np.float64]

    def take(self, places: NDArray[np.int64]) -> "FilmFacts":
        """The facts of some films, by place."""
        return FilmFacts(self.pixel_cm2[places])


def film_facts(dataset: Dataset, films: NDArray[np.int64]) -> FilmFacts:
    """Read the facts of films, (N,) positions, from the table of a data set."""
    cases = [dataset.cases[int(index)] for index in films]
    return FilmFacts(np.array([_pixel_cm2(case) for case in cases], dtype=np.float64))


def _pixel_cm2(case: Case) -> float:
    if case.row_mm is None or case.column_mm is None:
        return math.nan
    return case.row_mm * case.column_mm / _MM2_A_CM2
