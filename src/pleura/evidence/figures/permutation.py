"""Differences of two readers that changed places on some patients: what chance alone would make of them."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import Counts
from pleura.evidence.evaluation import Augmented, Evaluation, Surfaces
from pleura.evidence.figures.draws import swaps
from pleura.evidence.figures.facts import FilmFacts
from pleura.evidence.figures.sums import Figures, Floats
from pleura.evidence.figures.table import RESAMPLED
from pleura.evidence.figures.weighted import weighted_figures
from pleura.evidence.judged import Judged

Pair = tuple[Evaluation, Evaluation]

_TIE = 1e-12
"""Two sums of the same numbers in another order differ by less."""


def permuted(
    first: Sequence[Evaluation],
    second: Sequence[Evaluation],
    facts: FilmFacts,
    groups: NDArray[np.int64],
    rounds: int,
    seed: int,
) -> Iterator[Figures]:
    """Second minus first, each figure of `RESAMPLED`, after both changed places by a coin a patient.

    Yields:
        (some rounds,) for each figure; NaN where undefined.
    """
    joined = [_joined(*pair) for pair in _pairs(first, second)]
    places = np.arange(groups.size)
    twice = facts.take(np.concatenate((places, places)))
    for swapped in swaps(groups, rounds, seed):
        one = np.concatenate((~swapped, swapped), axis=1).astype(np.float64)
        gains = []
        for both in joined:
            before, after = (weighted_figures(both, twice, weights) for weights in (one, 1 - one))
            gains.append({name: after[name] - before[name] for name in RESAMPLED})
        yield {name: np.mean([gain[name] for gain in gains], axis=0) for name in RESAMPLED}


def p_value(found: float, by_chance: Floats) -> float:
    """How often chance makes a difference at least as great as the one found, two-sided, in (0, 1].

    What was found is counted in, so that it is never 0 (Phipson & Smyth 2010). NaN where it, or every one of
    `by_chance`, (rounds,), is undefined.
    """
    known = by_chance[~np.isnan(by_chance)]
    if math.isnan(found) or known.size == 0:
        return math.nan
    as_great = int(np.count_nonzero(np.abs(known) >= abs(found) - _TIE))
    return (1 + as_great) / (1 + known.size)


def _pairs(first: Sequence[Evaluation], second: Sequence[Evaluation]) -> list[Pair]:
    """Each run of one reader with runs of the other, every run in as many pairs as the others of its reader."""
    count = math.lcm(len(first), len(second))
    return [(first[place % len(first)], second[place % len(second)]) for place in range(count)]


def _joined(first: Evaluation, second: Evaluation) -> Evaluation:
    """The films as the first reader judged them, then as the second did; scores become ranks within each reader."""
    mine, theirs = first.judged, second.judged
    fields = ("intersections", "predicted", "true", "pixels")
    counts = Counts(*(np.concatenate([getattr(judged.counts, name) for judged in (mine, theirs)]) for name in fields))
    pair = (first.surfaces, second.surfaces)
    augmented = None
    if first.augmented is not None and second.augmented is not None:
        augmented = Augmented(
            np.concatenate((first.augmented.plain, second.augmented.plain)),
            np.concatenate((first.augmented.averaged, second.augmented.averaged)),
        )
    return Evaluation(
        films=np.concatenate((first.films, second.films)),
        judged=Judged(
            counts=counts,
            scores=np.concatenate([_ranks(judged.scores) for judged in (mine, theirs)]),
            decided=np.concatenate((mine.decided, theirs.decided)),
            calibrated=np.concatenate((mine.probabilities, theirs.probabilities)),
        ),
        surfaces=Surfaces(
            np.concatenate([surfaces.nsd for surfaces in pair]),
            np.concatenate([surfaces.hd95 for surfaces in pair]),
            np.concatenate([surfaces.in_mm for surfaces in pair]),
        ),
        scored=first.scored and second.scored,
        augmented=augmented,
    )


def _ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, (N,); equal scores share the mean of theirs."""
    ordered = np.sort(scores)
    return (np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right") + 1) / 2
