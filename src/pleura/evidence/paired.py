"""How sure a figure is, and the difference of two models' figures: a bootstrap that draws patients, not films."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import dice_scores
from pleura.evidence.judged import Judged

COMPARED = ("siim_dice", "dice_positives", "pooled_f1", "empty_correct", "auroc")
"""The figures that have an interval, by the names of `Judged.figures`."""

ROUNDS = 2000
_LEVEL = 0.95
_CELLS = 200_000
"""Weights held at a time (rounds by films): as many as stay near the processor, whatever the rounds."""

Floats = NDArray[np.float64]
Figures = dict[str, Floats]


@dataclass(frozen=True)
class Interval:
    """A figure, or a difference of two, on the films themselves, and the 95 % percentile interval around it.

    Draws on which the figure is undefined (none with a pneumothorax, say) are left out; NaN where all are.
    """

    value: float
    low: float
    high: float


def bootstrap(judged: Judged, groups: NDArray[np.int64], rounds: int = ROUNDS, seed: int = 0) -> dict[str, Interval]:
    """Each figure of a model with its interval (Efron 1979).

    Args:
        judged: N films.
        groups: (N,) any number, equal within a patient (`pleura.data.groups.film_groups`). As many groups as there
            are get drawn with replacement in each round, each with all its films.
        rounds: how often, at least 1.
        seed: of the draws.

    Raises:
        ValueError: no film, or groups of another length.
    """
    drawn = [weighted_figures(judged, weights) for weights in _draws(groups, judged.present.size, rounds, seed)]
    found = _on_all(judged)
    return {name: _interval(found[name], [figures[name] for figures in drawn]) for name in COMPARED}


def paired_difference(
    first: Sequence[Judged],
    second: Sequence[Judged],
    groups: NDArray[np.int64],
    rounds: int = ROUNDS,
    seed: int = 0,
) -> dict[str, Interval]:
    """Second minus first on the same films, drawn alike in each round.

    Above 0 the second is the better one, and an interval that holds 0 shows no difference. Of a model trained with
    several seeds a figure is the mean of theirs: scores of two networks share no scale and are not ranked together.
    The interval is that of the films alone; how far another seed would have come out elsewhere is not in it.

    Args:
        first: the runs of one model, at least one; each judged on the same films in the same order.
        second: the runs of the other.
        groups: as in `bootstrap`, and so are those that follow.
        rounds: how often.
        seed: of the draws.

    Raises:
        ValueError: no run, the films are not the same, there is none, or groups of another length.
    """
    if not first or not second:
        raise ValueError("two models are compared by at least one run of each")
    one = first[0].counts
    for other in (run.counts for run in (*first, *second)):
        for field, words in (("true", "true areas"), ("pixels", "sizes")):
            if not np.array_equal(getattr(one, field), getattr(other, field)):
                raise ValueError(f"two models are compared on the same films in the same order: their {words} differ")
    drawn = [_gains(first, second, weights) for weights in _draws(groups, one.true.size, rounds, seed)]
    found = _gains(first, second, np.ones((1, one.true.size)))
    return {name: _interval(found[name], [gains[name] for gains in drawn]) for name in COMPARED}


def _gains(first: Sequence[Judged], second: Sequence[Judged], weights: Floats) -> Figures:
    """Mean of the second's runs less that of the first's, (rounds,) for each figure."""
    before, after = ([weighted_figures(run, weights) for run in runs] for runs in (first, second))
    return {
        name: np.mean([run[name] for run in after], axis=0) - np.mean([run[name] for run in before], axis=0)
        for name in COMPARED
    }


def weighted_figures(judged: Judged, weights: Floats) -> Figures:
    """The figures of `COMPARED` with each film counted as often as its weight says.

    Args:
        judged: N films.
        weights: (rounds, N), at least 0.

    Returns:
        (rounds,) for each figure; NaN where undefined.
    """
    counts, present = judged.counts, judged.present
    dice = dice_scores(counts.intersections, counts.predicted, counts.true)
    parts = {
        "siim_dice": (dice, np.ones(dice.size)),
        "dice_positives": (dice * present, present),
        "pooled_f1": (2 * counts.intersections, counts.predicted + counts.true),
        "empty_correct": (~present & (counts.predicted == 0), ~present),
    }
    figures = {
        name: _ratio(weights @ part.astype(np.float64), weights @ whole.astype(np.float64))
        for name, (part, whole) in parts.items()
    }
    return {**figures, "auroc": _auroc(judged.scores, present, weights)}


def _auroc(scores: Floats, present: NDArray[np.bool_], weights: Floats) -> Floats:
    """The chance that a positive outscores a negative, ties counting half, (rounds,) (Hanley & McNeil 1982)."""
    order = np.argsort(scores, kind="stable")
    ranked, ill = scores[order], present[order]
    negatives = np.zeros((weights.shape[0], scores.size + 1))
    np.cumsum(weights[:, order] * ~ill, axis=1, out=negatives[:, 1:])
    # Below a positive lie the negatives before the first film of its score; half of those up to the last are ties.
    below = negatives[:, np.searchsorted(ranked, ranked[ill], side="left")]
    up_to = negatives[:, np.searchsorted(ranked, ranked[ill], side="right")]
    positives = weights[:, order[ill]]
    won = (positives * (below + up_to)).sum(axis=1) / 2
    return _ratio(won, positives.sum(axis=1) * negatives[:, -1])


def _draws(groups: NDArray[np.int64], films: int, rounds: int, seed: int) -> Iterator[Floats]:
    """How often each film is drawn, (some rounds, N) at a time."""
    if films == 0 or groups.shape != (films,):
        raise ValueError(f"groups {groups.shape} must have one number for each of at least one film, of {films}")
    group_of = np.unique(groups, return_inverse=True)[1]
    count = int(group_of.max()) + 1
    generator = np.random.default_rng(seed)
    step = max(1, _CELLS // films)
    for start in range(0, rounds, step):
        size = min(step, rounds - start)
        chosen = generator.integers(0, count, (size, count)) + count * np.arange(size)[:, None]
        times = np.bincount(chosen.ravel(), minlength=size * count).reshape(size, count)
        yield times[:, group_of].astype(np.float64)


def _on_all(judged: Judged) -> Figures:
    return weighted_figures(judged, np.ones((1, judged.present.size)))


def _interval(value: Floats, drawn: list[Floats]) -> Interval:
    every = np.concatenate(drawn)
    known = every[~np.isnan(every)]
    if known.size == 0:
        return Interval(float(value[0]), math.nan, math.nan)
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(known, (tail, 1 - tail))
    return Interval(float(value[0]), float(low), float(high))


def _ratio(parts: Floats, wholes: Floats) -> Floats:
    ratios = np.full(wholes.shape, np.nan)
    np.divide(parts, wholes, out=ratios, where=wholes > 0)
    return ratios
