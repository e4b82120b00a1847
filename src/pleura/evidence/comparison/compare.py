"""Readers beside each other on the same films: each figure of each, and how far it lies from the baseline's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.comparison.holm import holm
from pleura.evidence.evaluate import Judgement
from pleura.evidence.figures.draws import ROUNDS
from pleura.evidence.figures.estimate import Estimate
from pleura.evidence.figures.facts import film_facts
from pleura.evidence.figures.paired import Difference, differences
from pleura.evidence.figures.summary import check_same_films, estimates
from pleura.evidence.figures.table import FIGURES, RESAMPLED
from pleura.evidence.films import Watch

LEVEL = 0.05
_SAME = 1e-12
"""Numbers that lie closer are one but for the rounding of their binary digits, as of a mean over draws."""
COMPARED = tuple(name for name in RESAMPLED if name != "siim_dice_all_empty")
"""The figures that are compared; what a reader that finds nothing would score is the same for all."""

Verdict = Literal["undefined", "none", "better", "worse", "higher", "lower"]


@dataclass(frozen=True)
class Contrast:
    """One figure of a reader less that of the baseline.

    Attributes:
        figure: its name in `FIGURES`.
        difference: with its interval and p.
        corrected: p by Holm, over every figure and reader of the comparison.
    """

    figure: str
    difference: Difference
    corrected: float

    @property
    def verdict(self) -> Verdict:
        """What the 95 % interval shows of the reader against the baseline; `none` where it holds 0.

        An interval without width, as of the films of one patient, shows nothing by itself: there p decides.
        """
        found = self.difference
        if math.isnan(found.value) or math.isnan(found.low):
            return "undefined"
        without_width = found.high - found.low < _SAME
        holds_zero = found.low < _SAME and found.high > -_SAME
        if holds_zero or (without_width and not found.p < LEVEL):
            return "none"
        better = FIGURES[self.figure].better
        if better == "neither":
            return "higher" if found.low > 0 else "lower"
        return "better" if (found.low > 0) == (better == "higher") else "worse"

    @property
    def holds(self) -> bool:
        """Whether the difference is still shown after the correction, at the level 0.05."""
        return self.corrected < LEVEL


@dataclass(frozen=True)
class Comparison:
    """Readers of the same films.

    Attributes:
        readers: at least two, each with a title of its own.
        figures: of each reader, with intervals.
        baseline: place of the reader that the others are compared with.
        contrasts: of each other reader, by place: a row for each of `COMPARED`.
        tests: how many p values the correction is for.
        rounds: draws of the bootstrap, and permutations.
        seed: of both.
    """

    readers: tuple[Judgement, ...]
    figures: tuple[Mapping[str, Estimate], ...]
    baseline: int
    contrasts: Mapping[int, tuple[Contrast, ...]]
    tests: int
    rounds: int
    seed: int

    @property
    def titles(self) -> tuple[str, ...]:
        """What the readers are called."""
        return tuple(reader.title for reader in self.readers)

    def mark(self, *places: int) -> str:
        """An asterisk where one of the readers in these places saw films that it is judged on; else nothing."""
        return "*" if any(self.readers[place].warnings for place in places) else ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why figures are not what they seem, with the reader that they are about."""
        return tuple(f"{reader.title}: {warning}" for reader in self.readers for warning in reader.warnings)


def compare(
    readers: Sequence[Judgement],
    dataset: Dataset,
    baseline: int = 0,
    rounds: int = ROUNDS,
    seed: int = 0,
    watch: Watch = iter,
) -> Comparison:
    """Compare each reader with the baseline.

    Args:
        readers: at least two, judged on the same films in the same order; equal titles get a number.
        dataset: the films.
        baseline: place of the one that the others are compared with.
        rounds: draws of patients for the intervals, and permutations for the p values.
        seed: of both; every pair has the same draws.
        watch: sees the place of each reader as its turn comes.

    Raises:
        ValueError: fewer than two readers, no such baseline, or the films are not the same.
    """
    if len(readers) < 2 or not 0 <= baseline < len(readers):
        raise ValueError(f"{len(readers)} readers with the baseline {baseline} are no comparison")
    check_same_films([run for reader in readers for run in reader.runs])
    films = readers[0].runs[0].films
    facts, groups = film_facts(dataset, films), film_groups(dataset, films)
    against = readers[baseline].runs
    figures, found = [], {}
    for place in watch(range(len(readers))):
        runs = readers[place].runs
        figures.append(estimates(runs, facts, groups, rounds, seed))
        if place != baseline:
            found[place] = differences(against, runs, facts, groups, rounds, seed)
    corrected = holm([found[place][name].p for place in found for name in COMPARED])
    rows = np.reshape(corrected, (len(found), len(COMPARED)))
    return Comparison(
        readers=_told_apart(readers),
        figures=tuple(figures),
        baseline=baseline,
        contrasts={
            place: tuple(
                Contrast(name, found[place][name], float(p)) for name, p in zip(COMPARED, of_a_reader, strict=True)
            )
            for place, of_a_reader in zip(found, rows, strict=True)
        },
        tests=sum(not math.isnan(p) for p in corrected),
        rounds=rounds,
        seed=seed,
    )


def _told_apart(readers: Sequence[Judgement]) -> tuple[Judgement, ...]:
    titles = [reader.title for reader in readers]
    return tuple(
        reader if titles.count(reader.title) == 1 else replace(reader, title=f"{reader.title} ({number})")
        for number, reader in enumerate(readers, start=1)
    )
