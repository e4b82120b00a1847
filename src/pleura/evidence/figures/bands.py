"""ROC and precision-recall curves with the band in which they lie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Band:
    """A curve over x with its pointwise 95 % band, all (K,) in [0, 1], `x` ascending from 0 to 1."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
