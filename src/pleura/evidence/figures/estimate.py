"""A figure with how sure it is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEW = 10
"""A figure over fewer films or fewer patients than this says little, whatever its interval."""
_LEVEL = 0.95
_TAIL = (1 - _LEVEL) / 2
_SAME = 1e-12
"""Draws that differ by less are the same number but for the rounding of its binary digits."""


@dataclass(frozen=True)
class Basis:
    """What a figure rests on: films, and their patients. Of a figure that compares both kinds of film, the rarer."""

    cases: int
    patients: int


@dataclass(frozen=True)
class Estimate:
    """A figure on the films themselves, and the 95 % interval around it.

    Attributes:
        value: the figure; NaN where undefined.
        low: lower end of the interval; NaN where there is none.
        high: upper end.
        cases: films it rests on: of a figure that compares both kinds of film, those of the rarer kind.
        patients: whose films these are; None where a file does not say.
    """

    value: float
    low: float
    high: float
    cases: int
    patients: int | None = None

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than ten films or fewer than ten patients: shown as doubtful."""
        return self.cases < FEW or (self.patients is not None and self.patients < FEW)


def percentiles(drawn: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % percentile interval of draws, (rounds,).

    Draws on which the figure is undefined (none with a pneumothorax, say) are left out; NaN where all are.
    """
    known = drawn[~np.isnan(drawn)]
    if known.size == 0:
        return math.nan, math.nan
    low, high = np.quantile(known, (_TAIL, 1 - _TAIL))
    return float(low), float(high)


def estimate(value: float, drawn: NDArray[np.float64], basis: Basis, *, counted: bool) -> Estimate:
    """A figure with the 95 % percentile interval of its draws, (rounds,).

    Where every draw gives the same number a bootstrap knows no doubt, and an interval without width would mislead.
    A share of films that is 0 or 1 then has the exact interval (Clopper & Pearson, Biometrika 26:404, 1934) of as
    many trials as there are patients, since films of one patient hang together; any other figure has none.

    Args:
        value: on the films themselves.
        drawn: the same on each draw of patients.
        basis: films and patients it rests on.
        counted: whether it is a share of films.
    """
    low, high = percentiles(drawn)
    known = drawn[~np.isnan(drawn)]
    if known.size and np.ptp(known) < _SAME:
        low, high = math.nan, math.nan
        if counted and basis.patients and value in (0.0, 1.0):
            hidden = 1 - _TAIL ** (1 / basis.patients)
            low, high = (0.0, hidden) if value == 0.0 else (1 - hidden, 1.0)
    return Estimate(value, low, high, basis.cases, basis.patients)
