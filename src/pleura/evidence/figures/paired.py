"""How much two readers differ on the same films: a paired bootstrap and a paired permutation test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.cases import fewest_bases
from pleura.evidence.figures.draws import ROUNDS, bootstrap_weights
from pleura.evidence.figures.estimate import FEW, percentiles
from pleura.evidence.figures.facts import FilmFacts, film_facts
from pleura.evidence.figures.permutation import p_value, permuted
from pleura.evidence.figures.summary import check_same_films, mean_figures
from pleura.evidence.figures.sums import Figures, Floats
from pleura.evidence.figures.table import RESAMPLED


@dataclass(frozen=True)
class Difference:
    """Second minus first.

    Attributes:
        value: on the films themselves; NaN where undefined.
        low: lower end of the 95 % interval.
        high: upper end.
        p: two-sided, of the permutation test; NaN where undefined.
        cases: films it rests on, as in `Estimate`.
        patients: whose films these are; None where not counted.
    """

    value: float
    low: float
    high: float
    p: float
    cases: int
    patients: int | None = None

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than ten films or fewer than ten patients."""
        return self.cases < FEW or (self.patients is not None and self.patients < FEW)


def compare_runs(
    first: Sequence[Evaluation],
    second: Sequence[Evaluation],
    dataset: Dataset,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> dict[str, Difference]:
    """Second minus first on the same films, each figure of `RESAMPLED`.

    Of a model with several runs a figure is the mean of theirs, as in `summarise`. The interval is from draws of
    patients that both share. `p` is from a permutation test: under the hypothesis that it does not matter which
    reader spoke, both change places on all films of a patient or on none, by a coin; `p` is how often they differ at
    least as much as they do, the readers as they are counted in, so that it is never 0 (Phipson & Smyth 2010).
    Before, image-level scores are made ranks within each run, as two readers' scores share no scale (Bandos, Rockette
    & Gur 2005); probabilities, which calibration is about, change places as they are. Runs change places in
    pairs, the shorter list repeated.

    Args:
        first: the runs of one reader, at least one.
        second: the runs of the other.
        dataset: the films.
        rounds: draws, and as many permutations.
        seed: of both.

    Raises:
        ValueError: no run, no film, no round, or the films are not the same.
    """
    _check(first, second)
    films = first[0].films
    return differences(first, second, film_facts(dataset, films), film_groups(dataset, films), rounds, seed)


def differences(
    first: Sequence[Evaluation],
    second: Sequence[Evaluation],
    facts: FilmFacts,
    groups: NDArray[np.int64],
    rounds: int = ROUNDS,
    seed: int = 0,
) -> dict[str, Difference]:
    """What `compare_runs` gives, where the facts of films and their groups, (N,), are known already.

    Raises:
        ValueError: as there, or groups of another length.
    """
    _check(first, second)
    if groups.shape != first[0].films.shape:
        raise ValueError(f"groups {groups.shape} must have one number for each film of {first[0].films.shape}")
    drawn = [_gains(first, second, facts, weights) for weights in bootstrap_weights(groups, rounds, seed)]
    by_chance = list(permuted(first, second, facts, groups, rounds, seed))
    found = _gains(first, second, facts, np.ones((1, groups.size)))
    bases = fewest_bases((*first, *second), facts, groups)
    table = {}
    for name in RESAMPLED:
        value = float(found[name][0])
        low, high = percentiles(np.concatenate([gains[name] for gains in drawn]))
        p = p_value(value, np.concatenate([gains[name] for gains in by_chance]))
        table[name] = Difference(value, low, high, p, bases[name].cases, bases[name].patients)
    return table


def _gains(first: Sequence[Evaluation], second: Sequence[Evaluation], facts: FilmFacts, weights: Floats) -> Figures:
    before, after = (mean_figures(runs, facts, weights) for runs in (first, second))
    return {name: after[name] - before[name] for name in RESAMPLED}


def _check(first: Sequence[Evaluation], second: Sequence[Evaluation]) -> None:
    if not first or not second:
        raise ValueError("two readers are compared by at least one run of each")
    check_same_films((*first, *second))
