"""Figures as words and numbers for people."""

import math

from pleura.evidence.figures.estimate import Estimate
from pleura.evidence.figures.table import FIGURES
from pleura.output.page.frame import Cell

UNITS = {"%": " %", "cm2": " cm²", "mm": " mm", "px": " px", "": ""}
DIGITS = {"%": 2, "cm2": 1, "mm": 1, "px": 1, "": 3}


def value_text(name: str, value: float) -> str:
    """A figure by its name of `FIGURES`: 0.948, 12.3 mm, -0.42 %; `undefined` where it is NaN."""
    if math.isnan(value):
        return "undefined"
    unit = FIGURES[name].unit
    return f"{value:.{DIGITS[unit]}f}{UNITS[unit]}"


def interval_text(name: str, estimate: Estimate) -> str:
    """The interval of a figure: `0.903 to 0.981`; empty where it has none."""
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return ""
    digits = DIGITS[FIGURES[name].unit]
    return f"{estimate.low:.{digits}f} to {estimate.high:.{digits}f}"


def estimate_cell(name: str, estimate: Estimate, mark: str = "") -> Cell:
    """A figure for a table, its interval below; grey where it rests on few films or patients."""
    shown = value_text(name, estimate.value)
    known = not math.isnan(estimate.value)
    return Cell(shown + (mark if known else ""), interval_text(name, estimate), estimate.few or not known)


def in_percent(estimate: Estimate) -> str:
    """A share with its interval as a sentence says it: `92 % (95 % interval 84 to 98 %)`."""
    if math.isnan(estimate.value):
        return "an undefined share"
    if math.isnan(estimate.low):
        return f"{100 * estimate.value:.0f} % (of {estimate.cases:,} films)"
    return f"{100 * estimate.value:.0f} % (95 % interval {100 * estimate.low:.0f} to {100 * estimate.high:.0f} %)"


def with_interval(estimate: Estimate) -> str:
    """A figure with its interval as a sentence says it: `0.62 (0.55 to 0.69)`, to two digits after the point."""
    if math.isnan(estimate.value):
        return "undefined"
    sure = "" if math.isnan(estimate.low) else f" ({estimate.low:.2f} to {estimate.high:.2f})"
    return f"{estimate.value:.2f}{sure}"


def share_text(part: int, whole: int) -> str:
    """`39 (53 %)`; a count alone where there is no whole."""
    return f"{part:,} ({100 * part / whole:.0f} %)" if whole else f"{part:,}"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
