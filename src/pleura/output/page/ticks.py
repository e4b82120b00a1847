"""Round numbers along an axis."""

import math
from collections.abc import Sequence

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LEAST = 1e-300
"""Lengths below this are none: parts of them have no floats of full precision, or none at all."""


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` multiples of 1, 2, 2.5 or 5 times a power of ten that lie in [low, high], ascending.

    The step is the smallest that keeps to `most`, so that an axis has as many lines as it can bear.
    """
    if high - low < _LEAST:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in _STEPS:
        step = factor * power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [number * step for number in range(first, last + 1)]
    raise AssertionError("a step of ten times the finest always keeps to the count")  # pragma: no cover


def decades(low: float, high: float, steps: Sequence[float] = (1.0,)) -> list[float]:
    """Powers of ten, each times every one of `steps`, that lie in [low, high]; where there are none, `low` itself.

    Args:
        low: above 0.
        high: not below `low`.
        steps: ascending, from 1 to below 10.
    """
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high) + 1e-9) + 1)
    found = [step * 10.0**power for power in powers for step in steps]
    return [tick for tick in found if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)] or [low]


def label(value: float) -> str:
    """A tick's number as short as it can be written without loss at these steps: 0.25, 40, 1e-6."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.6g}"
    digits, power = f"{value:.3e}".split("e")
    return f"{float(digits):g}e{int(power)}"
