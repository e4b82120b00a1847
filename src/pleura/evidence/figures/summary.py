"""Every figure of a reader with its interval, on all films and on each stratum."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import soft_iou_batch
from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.cases import fewest_bases
from pleura.evidence.figures.draws import ROUNDS, blocks, bootstrap_weights
from pleura.evidence.figures.estimate import Estimate, estimate
from pleura.evidence.figures.facts import FilmFacts, film_facts
from pleura.evidence.figures.sums import Figures, Floats
from pleura.evidence.figures.table import FIGURES, RESAMPLED, SOFT_IOU, SOFT_IOU_BATCH
from pleura.evidence.figures.weighted import weighted_figures
from pleura.evidence.strata import Part, parts_of

Steps = Callable[[Iterable[Floats], int], Iterable[Floats]]
"""Passes so many blocks of draws on one by one, and may show how far it is."""


def _unseen(draws: Iterable[Floats], count: int) -> Iterable[Floats]:
    return draws


@dataclass(frozen=True)
class Stratum:
    """Some of the films, and the figures on them.

    Attributes:
        axis: what the films are told apart by, as `size, thirds`.
        name: which of them these are, as `below 1 %`.
        films: how many.
        patients: whose films these are.
        positives: how many of the films truly have a pneumothorax.
        figures: by the names of `FIGURES`; of positives alone where the stratum holds no other films.
    """

    axis: str
    name: str
    films: int
    patients: int
    positives: int
    figures: dict[str, Estimate]


@dataclass(frozen=True)
class Summary:
    """Every figure by the names of `FIGURES`, in their order, and the strata."""

    figures: dict[str, Estimate]
    strata: tuple[Stratum, ...]


def summarise(
    runs: Sequence[Evaluation], dataset: Dataset, rounds: int = ROUNDS, seed: int = 0, steps: Steps = _unseen
) -> Summary:
    """Every figure with its 95 % interval from a bootstrap that draws patients, on all films and on each stratum.

    Of several runs (seeds of a model, draws of a cross-fit) a figure is the mean of theirs in every round, and never
    ranks their scores together: scores of two networks share no scale. The interval is that of the films alone; how
    far another run would have come out elsewhere is not in it. A stratum keeps to the draws of the whole set.

    Args:
        runs: at least one, on the same films in the same order.
        dataset: the films.
        rounds: draws.
        seed: of the draws.
        steps: sees each block of draws as its turn comes.

    Raises:
        ValueError: no run, no film, no round, or the runs are not of the same films.
    """
    check_same_films(runs)
    films = runs[0].films
    groups, facts = film_groups(dataset, films), film_facts(dataset, films)
    parts = [Part("", "", np.arange(films.size)), *parts_of(dataset, films)]
    taken = [
        ([run.take(part.places) for run in runs], facts.take(part.places), groups[part.places]) for part in parts
    ]
    drawn: list[list[Figures]] = [[] for _ in parts]
    for weights in steps(bootstrap_weights(groups, rounds, seed), blocks(films.size, rounds)):
        for rows, part, (some, known, _) in zip(drawn, parts, taken, strict=True):
            rows.append(mean_figures(some, known, weights[:, part.places]))
    found = [_estimates(*of_a_part, rows) for rows, of_a_part in zip(drawn, taken, strict=True)]
    strata = [
        _stratum(part, some[0], whose, figures)
        for part, (some, _, whose), figures in zip(parts, taken, found, strict=True)
    ]
    return Summary(found[0], tuple(strata[1:]))


def estimates(
    runs: Sequence[Evaluation], facts: FilmFacts, groups: NDArray[np.int64], rounds: int = ROUNDS, seed: int = 0
) -> dict[str, Estimate]:
    """What `summarise` gives on all films, where their facts and groups, (N,), are known already.

    Raises:
        ValueError: as there, or groups of another length.
    """
    check_same_films(runs)
    if groups.shape != runs[0].films.shape:
        raise ValueError(f"groups {groups.shape} must have one number for each film of {runs[0].films.shape}")
    drawn = [mean_figures(runs, facts, weights) for weights in bootstrap_weights(groups, rounds, seed)]
    return _estimates(runs, facts, groups, drawn)


def mean_figures(runs: Sequence[Evaluation], facts: FilmFacts, weights: Floats) -> Figures:
    """The mean of the runs' figures under weights, (rounds, N) -> (rounds,) each; NaN where one run has none."""
    every = [weighted_figures(run, facts, weights) for run in runs]
    return {name: np.mean([figures[name] for figures in every], axis=0) for name in RESAMPLED}


def check_same_films(runs: Sequence[Evaluation]) -> None:
    """Pass only runs, at least one, on the same films in the same order.

    Raises:
        ValueError: they are not.
    """
    if not runs:
        raise ValueError("figures are those of at least one run")
    one = runs[0]
    for other in runs[1:]:
        for words, mine, theirs in (
            ("positions", one.films, other.films),
            ("true areas", one.judged.counts.true, other.judged.counts.true),
            ("sizes", one.judged.counts.pixels, other.judged.counts.pixels),
        ):
            if not np.array_equal(mine, theirs):
                raise ValueError(f"readers are compared on the same films in the same order: their {words} differ")


def _estimates(
    runs: Sequence[Evaluation], facts: FilmFacts, groups: NDArray[np.int64], drawn: list[Figures]
) -> dict[str, Estimate]:
    films = runs[0].films.size
    on_all = mean_figures(runs, facts, np.ones((1, films)))
    bases = fewest_bases(runs, facts, groups)
    found = {}
    for name, row in FIGURES.items():
        if name == SOFT_IOU:
            value, basis = float(np.mean([_soft_iou(run) for run in runs])), bases[name]
            found[name] = Estimate(value, math.nan, math.nan, basis.cases, basis.patients)
            continue
        rounds = np.concatenate([figures[name] for figures in drawn])
        found[name] = estimate(float(on_all[name][0]), rounds, bases[name], counted=row.counted)
    return found


def _stratum(part: Part, run: Evaluation, groups: NDArray[np.int64], figures: dict[str, Estimate]) -> Stratum:
    kept = {
        name: found for name, found in figures.items() if not part.positives_only or FIGURES[name].over == "positives"
    }
    positives = int(run.judged.present.sum())
    return Stratum(part.axis, part.name, run.films.size, int(np.unique(groups).size), positives, kept)


def _soft_iou(run: Evaluation) -> float:
    if run.soft is None:
        return math.nan
    return soft_iou_batch(run.soft[:, 0], run.soft[:, 1], run.judged.counts.true, SOFT_IOU_BATCH)
