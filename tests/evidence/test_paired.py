import math

import numpy as np
import pytest
from scipy import stats

from pleura.core.metrics import Counts, dice_scores
from pleura.evidence.judged import Judged
from pleura.evidence.paired import COMPARED, bootstrap, paired_difference, weighted_figures


def some_films(seed: int, films: int = 200, skill: float = 0.5) -> Judged:
    """Films of which a third has a pneumothorax, always the same ones; scores have two digits, so that many tie."""
    truth = np.where(np.random.default_rng(0).uniform(size=films) < 1 / 3, 400, 0)
    generator = np.random.default_rng(seed)
    decided = generator.uniform(size=films) < np.where(truth > 0, 0.5 + skill / 2, 0.5 - skill / 2)
    predicted = np.where(decided, generator.integers(100, 900, films), 0)
    both = np.floor(np.minimum(predicted, truth) * generator.uniform(size=films)).astype(np.int64)
    scores = np.round(np.clip(generator.normal(0.4 + 0.2 * skill * (truth > 0), 0.15), 0, 1), 2)
    return Judged(Counts(both, predicted, truth, np.full(films, 10_000)), scores, decided)


def dice_of(judged: Judged) -> np.ndarray:
    counts = judged.counts
    return dice_scores(counts.intersections, counts.predicted, counts.true)


def alone(judged: Judged) -> np.ndarray:
    """Each film a group of its own."""
    return np.arange(judged.present.size)


def test_a_films_weight_is_how_often_it_counts():
    judged = some_films(1, films=60)
    weights = np.random.default_rng(2).integers(0, 4, (20, 60))
    figures = weighted_figures(judged, weights.astype(np.float64))
    for number, row in enumerate(weights):
        expected = judged.take(np.repeat(np.arange(60), row)).figures()
        assert {name: figures[name][number] for name in COMPARED} == pytest.approx(
            {name: expected[name] for name in COMPARED}
        )


def test_the_interval_of_a_mean_is_the_normal_one():
    judged = some_films(1, films=800)
    interval = bootstrap(judged, alone(judged))["empty_correct"]
    healthy = int((~judged.present).sum())
    reach = 1.96 * math.sqrt(interval.value * (1 - interval.value) / healthy)
    assert interval.low == pytest.approx(interval.value - reach, abs=0.1 * reach)
    assert interval.high == pytest.approx(interval.value + reach, abs=0.1 * reach)


def test_a_paired_difference_of_means_is_that_of_scipys_bootstrap():
    first, second = some_films(1, skill=0.2), some_films(2, skill=0.6)
    gains = dice_of(second) - dice_of(first)
    theirs = stats.bootstrap((gains,), np.mean, n_resamples=2000, method="percentile", rng=3).confidence_interval
    ours = paired_difference([first], [second], alone(first))["siim_dice"]
    assert ours.value == pytest.approx(gains.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.1 * (theirs.high - theirs.low))


def test_the_spread_of_an_auroc_is_that_of_hanley_and_mcneil():
    judged = some_films(4, films=600)
    ill, well = int(judged.present.sum()), int((~judged.present).sum())
    found = bootstrap(judged, alone(judged))["auroc"]
    area = found.value
    both_higher, higher_than_both = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (ill - 1) * (both_higher - area**2) + (well - 1) * (higher_than_both - area**2)
    assert found.high - found.low == pytest.approx(2 * 1.96 * math.sqrt(spread / (ill * well)), rel=0.1)


def test_a_film_that_stands_twice_in_its_patient_makes_nothing_surer():
    judged = some_films(1, films=50)
    twice = judged.take(np.repeat(np.arange(50), 2))
    single = bootstrap(judged, alone(judged), rounds=100)
    double = bootstrap(twice, np.repeat(np.arange(50), 2), rounds=100)
    for name in COMPARED:
        assert vars(double[name]) == pytest.approx(vars(single[name]))


def test_a_model_does_not_differ_from_itself():
    judged = some_films(1)
    found = paired_difference([judged], [judged], alone(judged), rounds=50)
    assert {(each.value, each.low, each.high) for each in found.values()} == {(0.0, 0.0, 0.0)}


def test_what_is_undefined_on_some_draws_is_judged_on_the_others_and_on_none_is_not_judged():
    rows = ([5, 0], [5, 0], [9, 0], [50, 50])
    counts = Counts(*(np.array(row) for row in rows))
    lone = Judged(counts, np.array([0.9, 0.1]), np.array([True, False]))
    auroc = bootstrap(lone, np.arange(2), rounds=50)["auroc"]
    assert (auroc.low, auroc.high) == (1.0, 1.0)
    healthy = bootstrap(lone.take(np.array([1])), np.arange(1), rounds=50)["dice_positives"]
    assert all(math.isnan(number) for number in (healthy.value, healthy.low, healthy.high))


def test_the_seed_is_all_that_decides():
    judged = some_films(1)
    assert bootstrap(judged, alone(judged), 50, seed=1) == bootstrap(judged, alone(judged), 50, seed=1)
    assert bootstrap(judged, alone(judged), 50, seed=1) != bootstrap(judged, alone(judged), 50, seed=2)


def test_other_films_are_refused():
    judged = some_films(1, films=20)
    with pytest.raises(ValueError, match="same films"):
        paired_difference([judged], [judged.take(np.arange(20)[::-1])], alone(judged))
    with pytest.raises(ValueError, match="groups"):
        bootstrap(judged, np.arange(19))


def test_runs_of_several_seeds_are_averaged_and_their_scores_never_ranked_together():
    first, second = some_films(1), some_films(2, skill=0.8)
    halved = Judged(second.counts, second.scores / 2, second.decided)  # ranks its films as `second` does
    alone_it_gains = paired_difference([first], [second], alone(first), rounds=50)
    both = paired_difference([first, first], [second, halved], alone(first), rounds=50)
    assert both["auroc"] == alone_it_gains["auroc"]
    third = some_films(3)
    mean = paired_difference([first], [second, third], alone(first), rounds=50)
    assert mean["siim_dice"].value == pytest.approx(
        (dice_of(second).mean() + dice_of(third).mean()) / 2 - dice_of(first).mean()
    )
    with pytest.raises(ValueError, match="at least one run"):
        paired_difference([], [second], alone(first))
