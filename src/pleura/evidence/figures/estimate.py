"""A figure with how sure it is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEW = 10
"""A figure over fewer cases than this says little, whatever its interval."""
_LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure on the films themselves, and the 95 % percentile interval around it.

    Attributes:
        value: the figure; NaN where undefined.
        low: lower end of the interval; NaN where there is none.
        high: upper end.
        cases: films it rests on: of a figure that compares both kinds of film, those of the rarer kind.
    """

    value: float
    low: float
    high: float
    cases: int

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than ten cases, and is to be shown as doubtful."""
        return self.cases < FEW


def percentiles(drawn: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % percentile interval of draws, (rounds,).

    Draws on which the figure is undefined (none with a pneumothorax, say) are left out; NaN where all are.
    """
    known = drawn[~np.isnan(drawn)]
    if known.size == 0:
        return math.nan, math.nan
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(known, (tail, 1 - tail))
    return float(low), float(high)
