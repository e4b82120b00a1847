"""How far the area of a reader's outlines is from that of the experts, in cm2 (Bland & Altman 1986)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.cases import basis_of
from pleura.evidence.figures.draws import ROUNDS, bootstrap_weights
from pleura.evidence.figures.estimate import Basis, Estimate, estimate
from pleura.evidence.figures.facts import FilmFacts, film_facts
from pleura.evidence.figures.summary import check_same_films
from pleura.evidence.figures.sums import Figures, Floats, ratio, weighted_agreement, weighted_median

_PERCENT = 100.0
_PLAIN = ("true", "bias", "low", "high", "median_absolute", "median_relative")

SIZE_ERRORS: dict[str, tuple[str, str]] = {
    "true": ("Median true area", "cm2"),
    "bias": ("Bias, found less true", "cm2"),
    "low": ("Lower limit of agreement", "cm2"),
    "high": ("Upper limit of agreement", "cm2"),
    "median_absolute": ("Median absolute error", "cm2"),
    "median_relative": ("Median absolute error, of the true area", "%"),
    **{
        f"outlined_{name}": (f"{words}, films with an outline", unit)
        for name, words, unit in (
            ("bias", "Bias", "cm2"),
            ("low", "Lower limit of agreement", "cm2"),
            ("high", "Upper limit of agreement", "cm2"),
            ("median_absolute", "Median absolute error", "cm2"),
            ("median_relative", "Median absolute error, of the true area", "%"),
        )
    },
    "false_alarm": ("Median area outlined on a healthy film that has an outline", "cm2"),
}
"""Words and unit of every figure, in their order; over films with a pneumothorax unless they say otherwise."""


def size_errors(
    runs: Sequence[Evaluation], dataset: Dataset, rounds: int = ROUNDS, seed: int = 0
) -> dict[str, Estimate]:
    """Every figure of `SIZE_ERRORS` with its 95 % interval from a bootstrap that draws patients.

    They are over films whose spacing is known. A pneumothorax that was missed counts as found of area 0; without
    those, an error tells of the outlines alone. Of several runs a figure is the mean of theirs in every round, of
    those in which it is defined.

    Args:
        runs: at least one, on the same films in the same order.
        dataset: the films.
        rounds: draws.
        seed: of the draws.

    Raises:
        ValueError: no run, no film, no round, or the runs are not of the same films.
    """
    check_same_films(runs)
    films = runs[0].films
    facts = film_facts(dataset, films)
    groups = film_groups(dataset, films)
    drawn = [_mean(runs, facts, weights) for weights in bootstrap_weights(groups, rounds, seed)]
    found = _mean(runs, facts, np.ones((1, films.size)))
    bases = [_bases(run, facts, groups) for run in runs]
    return {
        name: estimate(
            float(found[name][0]),
            np.concatenate([figures[name] for figures in drawn]),
            min((one[name] for one in bases), key=lambda basis: basis.cases),
            counted=False,
        )
        for name in SIZE_ERRORS
    }


def _mean(runs: Sequence[Evaluation], facts: FilmFacts, weights: Floats) -> Figures:
    every = [_figures(run, facts, weights) for run in runs]
    means = {}
    for name in SIZE_ERRORS:
        values = np.stack([figures[name] for figures in every])
        defined = ~np.isnan(values)
        means[name] = ratio(np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0).astype(np.float64))
    return means


def _figures(run: Evaluation, facts: FilmFacts, weights: Floats) -> Figures:
    """One run's figures on films that count as often as their weight says, (rounds, N) -> (rounds,) each."""
    counts, (positives, outlined, alarms) = run.judged.counts, _kinds(run, facts)
    true, predicted = counts.true * facts.pixel_cm2, counts.predicted * facts.pixel_cm2
    figures: Figures = {"true": weighted_median(true[positives], weights[:, positives])}
    for prefix, kept in (("", positives), ("outlined_", outlined)):
        error, share = predicted[kept] - true[kept], weights[:, kept]
        bias, low, high = weighted_agreement(error, share)
        figures |= {f"{prefix}bias": bias, f"{prefix}low": low, f"{prefix}high": high}
        figures[f"{prefix}median_absolute"] = weighted_median(np.abs(error), share)
        figures[f"{prefix}median_relative"] = weighted_median(_PERCENT * np.abs(error) / true[kept], share)
    figures["false_alarm"] = weighted_median(predicted[alarms], weights[:, alarms])
    return figures


def _bases(run: Evaluation, facts: FilmFacts, groups: NDArray[np.int64]) -> dict[str, Basis]:
    positives, outlined, alarms = (basis_of(kind, groups) for kind in _kinds(run, facts))
    on = {"false_alarm": alarms, **dict.fromkeys(_PLAIN, positives)}
    return {name: on.get(name, outlined) for name in SIZE_ERRORS}


def _kinds(run: Evaluation, facts: FilmFacts) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Films with a pneumothorax, those of them with an outline, and healthy ones with an outline; (N,) bool each."""
    counts, known = run.judged.counts, ~np.isnan(facts.pixel_cm2)
    present, outlined = counts.true > 0, counts.predicted > 0
    return present & known, present & known & outlined, ~present & known & outlined
