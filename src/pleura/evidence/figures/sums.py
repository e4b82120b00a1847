"""Ratios, medians and limits of agreement of values that count by weights."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Figures = dict[str, Floats]

AGREEMENT = 1.96
"""Standard deviations from the bias to a limit of agreement (Bland & Altman 1986)."""


def ratio(parts: Floats, wholes: Floats, empty: float = np.nan) -> Floats:
    """`parts / wholes`, broadcast; `empty` where there is no whole."""
    shape = np.broadcast_shapes(parts.shape, wholes.shape)
    ratios = np.full(shape, empty)
    np.divide(parts, wholes, out=ratios, where=np.broadcast_to(wholes > 0, shape))
    return ratios


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """The median of values, (N,), each repeated by its whole weight, (rounds, N) -> (rounds,); NaN without any."""
    order = np.argsort(values, kind="stable")
    ranked, upto = values[order], np.cumsum(weights[:, order], axis=1)
    if ranked.size == 0:
        return np.full(weights.shape[0], np.nan)
    total = upto[:, -1]
    # Of an even number the two in the middle are averaged; of an odd one both are the same.
    middles = []
    for place in ((total - 1) // 2, total // 2):
        index = (upto <= place[:, None]).sum(axis=1)
        middles.append(ranked[np.minimum(index, ranked.size - 1)])
    return np.where(total > 0, (middles[0] + middles[1]) / 2, np.nan)


def weighted_agreement(values: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean of differences, (N,), and its limits of agreement, mean -+ 1.96 standard deviations, (rounds,) each.

    The limits need two values; the standard deviation is that of a sample. Bland & Altman 1986.
    """
    total = weights.sum(axis=1)
    mean = ratio(weights @ values, total)
    # In two passes: the difference of two sums of squares would leave a spread where all drawn values are the same.
    spread = (weights * (values - mean[:, None]) ** 2).sum(axis=1)
    reach = AGREEMENT * np.sqrt(ratio(spread, total - 1))
    return mean, mean - reach, mean + reach
