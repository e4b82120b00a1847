"""Whether the size of a pneumothorax matters, and whether its size is told right: three plots over positives."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import dice_scores
from pleura.evidence.report.reader import Reader
from pleura.evidence.report.words import value_text
from pleura.output.page.plane import Axis
from pleura.output.page.plot import Dots, Guide, Plot

_STEPS = (1.0, 2.0, 5.0)
_PERCENT = 100.0


@dataclass(frozen=True)
class _Sizes:
    """True and predicted share of each positive film, %, and its Dice; all (N,)."""

    true: NDArray[np.float64]
    predicted: NDArray[np.float64]
    dice: NDArray[np.float64]


def size_plots(readers: Sequence[Reader]) -> list[Plot]:
    """Dice against size, predicted against true size, and Bland-Altman (1986); none without a positive film."""
    sizes = [_sizes(reader) for reader in readers]
    if sizes[0].true.size == 0:
        return []
    names = [reader.judgement.title if len(readers) > 1 else "a film with a pneumothorax" for reader in readers]
    return [_dice(sizes, names), _agreement(sizes, names), _bland_altman(readers, sizes, names)]


def _sizes(reader: Reader) -> _Sizes:
    counts = reader.first.judged.counts.take(np.flatnonzero(reader.first.judged.present))
    return _Sizes(
        _PERCENT * counts.true / counts.pixels,
        _PERCENT * counts.predicted / counts.pixels,
        dice_scores(counts.intersections, counts.predicted, counts.true),
    )


def _dice(sizes: Sequence[_Sizes], names: Sequence[str]) -> Plot:
    low, high = _stretched(float(sizes[0].true.min()), float(sizes[0].true.max()))
    return Plot(
        "Dice against true size",
        Axis(low, high, "true size, % of the film (logarithmic)", log=True, steps=_STEPS),
        Axis(0.0, 1.0, "Dice"),
        dots=[
            Dots(name, _points(size.true, size.dice), number)
            for number, (size, name) in enumerate(zip(sizes, names, strict=True))
        ],
        note="A film at Dice 0 was missed or outlined in the wrong place.",
    )


def _agreement(sizes: Sequence[_Sizes], names: Sequence[str]) -> Plot:
    most = 1.04 * max(float(max(size.true.max(), size.predicted.max())) for size in sizes)
    return Plot(
        "Predicted against true size",
        Axis(0.0, most, "true size, % of the film"),
        Axis(0.0, most, "predicted size, % of the film"),
        dots=[
            Dots(name, _points(size.true, size.predicted), number)
            for number, (size, name) in enumerate(zip(sizes, names, strict=True))
        ],
        guides=[Guide((0.0, 0.0), (most, most))],
        note="Dashed: the size is told right.",
    )


def _bland_altman(readers: Sequence[Reader], sizes: Sequence[_Sizes], names: Sequence[str]) -> Plot:
    """Difference against mean; bias and limits of agreement of a single reader stand beside its points."""
    means = [(size.true + size.predicted) / 2 for size in sizes]
    gaps = [size.predicted - size.true for size in sizes]
    right = 1.04 * max(float(mean.max()) for mean in means)
    guides = [Guide((0.0, 0.0), (right, 0.0))]
    lines = _limits(readers[0]) if len(readers) == 1 else []
    guides += [Guide((0.0, value), (right, value), text, firm=True, under=value < 0) for value, text in lines]
    reach = [float(end) for gap in gaps for end in (gap.min(), gap.max())] + [value for value, _ in lines] + [0.0]
    air = 0.12 * (max(reach) - min(reach)) or 1.0
    return Plot(
        "Size agreement (Bland-Altman)",
        Axis(0.0, right, "mean of true and predicted size, % of the film"),
        Axis(min(reach) - air, max(reach) + air, "predicted less true size, % of the film"),
        dots=[
            Dots(name, _points(mean, gap), number)
            for number, (mean, gap, name) in enumerate(zip(means, gaps, names, strict=True))
        ],
        guides=guides,
        note="Lines: bias, and the limits between which 95 % of errors are expected." if lines else "",
    )


def _limits(reader: Reader) -> list[tuple[float, str]]:
    found = []
    for name, words in (
        ("size_error", "bias"),
        ("size_error_low", "lower limit"),
        ("size_error_high", "upper limit"),
    ):
        value = reader.summary.figures[name].value
        if math.isfinite(value):
            found.append((value, f"{words} {value_text(name, value)}"))
    return found


def _stretched(low: float, high: float) -> tuple[float, float]:
    """A logarithmic axis with some air beyond its first and last film."""
    air = max(1.15, (high / low) ** 0.05)
    return low / air, high * air


def _points(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[tuple[float, float]]:
    return list(zip(x.tolist(), y.tolist(), strict=True))
