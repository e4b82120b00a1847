"""Differences as numbers and words for people."""

import math
from collections.abc import Sequence

from pleura.evidence.comparison.compare import LEVEL, Comparison, Contrast
from pleura.evidence.figures.paired import Difference
from pleura.evidence.figures.table import FIGURES
from pleura.evidence.report.opening import HEADLINE
from pleura.evidence.report.words import DIGITS, UNITS, listed

_NAMES = ("Brier", "Dice", "Hausdorff", "Kaggle")
MINUS = "\N{MINUS SIGN}"
_ASIDE = frozenset(("kaggle_iou", "hd95", "hd95_median", "hd95_px", "hd95_px_median"))
"""What a summary passes over: a score given to compare with other work alone, and distances, which are over the films
that each reader outlined and so not over the same."""

VERDICTS = {
    "undefined": "undefined",
    "none": "no difference shown",
    "better": "better",
    "worse": "worse",
    "higher": "higher",
    "lower": "lower",
}


def signed(name: str, value: float) -> str:
    """A difference of a figure by its name, with its sign and no unit: +0.031; `undefined` where it is NaN."""
    if math.isnan(value):
        return "undefined"
    text = f"{value:+.{DIGITS[FIGURES[name].unit]}f}"
    return text.replace("-", MINUS) if float(text) else text.lstrip("+-")


def plain(name: str, value: float) -> str:
    """A figure by its name, without its unit; `undefined` where it is NaN."""
    return "undefined" if math.isnan(value) else f"{value:.{DIGITS[FIGURES[name].unit]}f}".replace("-", MINUS)


def between(name: str, difference: Difference) -> str:
    """The interval of a difference: `+0.010 to +0.072`; empty where it has none."""
    if math.isnan(difference.low):
        return ""
    return f"{signed(name, difference.low)} to {signed(name, difference.high)}"


def p_text(p: float) -> str:
    """A p value to two digits, never as 0; empty where there is none."""
    if math.isnan(p):
        return ""
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def verdict_text(contrast: Contrast) -> str:
    """What is shown of a reader against the baseline, and whether it outlasts the correction."""
    words = VERDICTS[contrast.verdict]
    if contrast.verdict in ("none", "undefined"):
        return words
    return words if contrast.holds else f"{words}, not after correction"


def figure_words(name: str) -> str:
    """The name of a figure for people, with its unit."""
    row = FIGURES[name]
    unit = UNITS[row.unit].strip()
    return f"{row.words}, {unit}" if unit else row.words


def in_a_sentence(words: str) -> str:
    """A figure's name with a small first letter, but for abbreviations and names of people and places."""
    kept = words[1:2].isupper() or words.startswith(_NAMES)
    return words if kept else words[:1].lower() + words[1:]


def all_empty_words(comparison: Comparison) -> str:
    """What the SIIM Dice is to be read beside."""
    empty = comparison.figures[comparison.baseline]["siim_dice_all_empty"].value
    return f"A reader that never finds anything would have a SIIM Dice of {empty:.3f} on these films."


def summary_words(reader: str, baseline: str, rows: Sequence[Contrast]) -> str:
    """What is shown of a reader against the baseline: the headline figures by name, all others as a count.

    Figures over few films or patients and those that prove nothing are passed over.
    """
    told = [
        row
        for row in rows
        if row.verdict in ("better", "worse", "none") and FIGURES[row.figure].better != "neither"
        if not row.difference.few and row.figure not in _ASIDE
    ]
    if not told:
        return f"{reader} against {baseline}: every figure rests on too few films or patients to tell."
    shown = [row for row in told if row.verdict != "none"]
    if not shown:
        return f"{reader} against {baseline}: no difference shown in any of {len(told)} figures."
    named = {
        verdict: [_named(row) for row in told if row.verdict == verdict and row.figure in HEADLINE]
        for verdict in VERDICTS
    }
    parts = [f"{VERDICTS[verdict]} in {listed(names)}" for verdict, names in named.items() if names]
    better = sum(row.verdict == "better" for row in shown)
    named_first = "; ".join(parts) or "no headline figure is defined for both"
    return (
        f"{reader} against {baseline}: {named_first}. Of {len(told)} figures {better} are better and "
        f"{len(shown) - better} worse; {sum(row.holds for row in shown)} of these outlast the correction for many "
        "tests."
    )


def _named(row: Contrast) -> str:
    return f"{in_a_sentence(figure_words(row.figure))} ({signed(row.figure, row.difference.value)})"


def how_tested(tests: int, rounds: int) -> str:
    """The method in a few sentences."""
    least = tests / (rounds + 1)
    idle = (
        f" No p of {rounds:,} permutations can be below 1 in {rounds + 1:,}, which times {tests} is {least:.2g}, so "
        "that nothing can outlast the correction; give more --rounds."
    )
    return (
        f"Differences are reader minus baseline. Intervals are 95 % percentile intervals of {rounds:,} bootstrap "
        "rounds that draw patients, the same for both. p is from a permutation test in which both readers change "
        f"places on all films of a patient or on none ({rounds:,} permutations); beside it stands p by Holm for "
        f"{tests} tests, at the level {LEVEL:g}. Figures hang together, so the correction is strict. An interval "
        "that holds 0 shows no difference; it does not show that there is none." + (idle if least >= LEVEL else "")
    )
