"""How well the image-level score tells films apart, and whether it may be read as a probability: three plots."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import reliability
from pleura.core.metrics.calibration import BINS
from pleura.evidence.figures.bands import Band, pr_band, roc_band
from pleura.evidence.report.reader import Reader, Rounds
from pleura.evidence.report.words import value_text
from pleura.output.page.plane import Axis
from pleura.output.page.plot import Curve, Dots, Guide, Plot, Sign

_UNIT = (0.0, 1.0)
_NORMAL = 1.959964
"""Standard deviations that hold the middle 95 % of a normal distribution."""


def curve_plots(readers: Sequence[Reader], groups: NDArray[np.int64], rounds: Rounds) -> list[Plot]:
    """ROC and precision-recall with bands and the decision's point, and reliability of those that give scores.

    Args:
        readers: of the same N films.
        groups: (N,) the patients that the bands' bootstrap draws.
        rounds: of that bootstrap.
    """
    plots = [_roc(readers, groups, rounds), _precision(readers, groups, rounds)]
    scored = [(number, reader) for number, reader in enumerate(readers) if reader.first.scored]
    return [*plots, _reliability(scored, groups)] if scored else plots


def _roc(readers: Sequence[Reader], groups: NDArray[np.int64], rounds: Rounds) -> Plot:
    curves, signs = [], []
    for number, reader in enumerate(readers):
        if reader.first.scored:
            area = value_text("auroc", reader.summary.figures["auroc"].value)
            band = roc_band(reader.first, groups, rounds.count, rounds.seed)
            curves.append(_curve(f"{reader.judgement.title}, AUROC {area}{reader.marked}", band, number))
        confusion = reader.first.judged.film_confusion()
        point = (1 - confusion.specificity, confusion.recall)
        signs.append(Sign(_decision(reader, len(readers)), point, number))
    return Plot(
        "Receiver operating characteristic",
        Axis(*_UNIT, "1 - specificity"),
        Axis(*_UNIT, "sensitivity"),
        curves=curves,
        guides=[Guide((0.0, 0.0), (1.0, 1.0))],
        signs=signs,
        note=f"Shaded: where 95 % of bootstrap curves lie, at each specificity. Dashed: chance.{_of_draws(readers)}",
    )


def _precision(readers: Sequence[Reader], groups: NDArray[np.int64], rounds: Rounds) -> Plot:
    curves, signs = [], []
    present = readers[0].first.judged.present
    share = float(present.mean())
    for number, reader in enumerate(readers):
        if reader.first.scored:
            area = value_text("ap", reader.summary.figures["ap"].value)
            band = pr_band(reader.first, groups, rounds.count, rounds.seed)
            curves.append(_curve(f"{reader.judgement.title}, AP {area}{reader.marked}", band, number))
        confusion = reader.first.judged.film_confusion()
        signs.append(Sign(_decision(reader, len(readers)), (confusion.recall, confusion.precision), number))
    return Plot(
        "Precision and recall",
        Axis(*_UNIT, "recall (sensitivity)"),
        Axis(*_UNIT, "precision (positive predictive value)"),
        curves=curves,
        guides=[Guide((0.0, share), (1.0, share), f"prevalence {share:.2f}")],
        signs=signs,
        note=f"Precision falls where a pneumothorax is rarer than on these films.{_of_draws(readers)}",
    )


def _reliability(scored: Sequence[tuple[int, Reader]], groups: NDArray[np.int64]) -> Plot:
    """A point a tenth with its interval; no line joins them, since between them nothing was measured."""
    dots = []
    for number, reader in scored:
        judged = reader.first.judged
        rows = reliability(judged.probabilities, judged.present)
        used = np.flatnonzero(rows.films)
        points = [(float(rows.probability[place]), float(rows.present[place])) for place in used]
        figures = reader.summary.figures
        error = value_text("ece", figures["ece"].value)
        kind = "probability" if judged.calibrated is not None else "uncalibrated score"
        tenth = np.minimum((judged.probabilities * BINS).astype(np.int64), BINS - 1)
        patients = [np.unique(groups[tenth == place]).size for place in used]
        reach = [wilson(share, count) for (_, share), count in zip(points, patients, strict=True)]
        # With several readers their counts would stand on each other.
        texts = [f"{rows.films[place]:,}" for place in used] if len(scored) == 1 else []
        name = f"{reader.judgement.title}, {kind}, ECE {error}{reader.marked}"
        dots.append(Dots(name, points, number, texts, reach))
    counted = " Numbers: films in each tenth." if len(scored) == 1 else ""
    return Plot(
        "Reliability",
        Axis(*_UNIT, "probability given, mean of each tenth"),
        Axis(*_UNIT, "share truly with a pneumothorax"),
        dots=dots,
        guides=[Guide((0.0, 0.0), (1.0, 1.0))],
        note="Dashed: perfect calibration. Upright: 95 % intervals, each patient counted once."
        f"{counted}{_of_draws([reader for _, reader in scored])}",
    )


def wilson(share: float, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share, in [0, 1], of at least one trial (Wilson, J Am Stat Assoc 22:209, 1927)."""
    square = _NORMAL**2 / trials
    middle = (share + square / 2) / (1 + square)
    half = _NORMAL / (1 + square) * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def _curve(name: str, band: Band, colour: int) -> Curve:
    points = list(zip(band.x.tolist(), band.y.tolist(), strict=True))
    shade = list(zip(band.x.tolist(), band.low.tolist(), band.high.tolist(), strict=True))
    return Curve(name, points, shade, colour)


def _of_draws(readers: Sequence[Reader]) -> str:
    """That a curve is of one draw, though the figures beside it are means of several."""
    several = any(len(reader.judgement.runs) > 1 for reader in readers)
    return " Curve and decision are of the first draw, figures of all." if several else ""


def _decision(reader: Reader, readers: int) -> str:
    return f"decision of {reader.judgement.title}" if readers > 1 else "the decision"
