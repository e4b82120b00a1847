import itertools
import math

import numpy as np
import pytest
from scipy import stats

from pleura.core.metrics import dice_scores
from pleura.evidence.figures.permutation import p_value, permuted
from pleura.evidence.figures.weighted import weighted_figures
from readers import alone, draw_facts, draw_reader


def dice_of(reader):
    counts = reader.judged.counts
    return dice_scores(counts.intersections, counts.predicted, counts.true)


def chances(first, second, groups, rounds=4000):
    drawn = permuted([first], [second], draw_facts(groups.size), groups, rounds, seed=1)
    blocks = list(drawn)
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def test_p_of_a_mean_is_that_of_scipys_permutation_test():
    first, second = draw_reader(1, skill=0.4), draw_reader(2, skill=0.6)
    gains = dice_of(second) - dice_of(first)
    theirs = stats.permutation_test(
        (dice_of(second), dice_of(first)),
        lambda one, other, axis: np.mean(one - other, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=4000,
        rng=2,
    ).pvalue
    assert p_value(gains.mean(), chances(first, second, alone(first))["siim_dice"]) == pytest.approx(theirs, abs=0.03)


def test_all_films_of_a_patient_change_readers_or_none():
    first, second = draw_reader(1, films=30), draw_reader(2, films=30)
    groups = np.repeat([3, 7, 1], (15, 10, 5))
    found = np.unique(chances(first, second, groups, 200)["siim_dice"].round(9))
    gains = dice_of(second) - dice_of(first)
    sums = [gains[groups == group].sum() for group in (3, 7, 1)]
    possible = [float(np.dot(signs, sums)) / 30 for signs in itertools.product((1, -1), repeat=3)]
    assert len(np.unique(np.round(possible, 9))) == 8
    assert found == pytest.approx(sorted(possible), abs=1e-8)


def test_without_a_change_readers_are_themselves():
    # A swap of every film is the mirrored difference, so that the two ends of chance are the readers as they are.
    first, second = draw_reader(1, films=12), draw_reader(2, films=12)
    one = np.zeros(12, dtype=np.int64)
    ones = np.ones((1, 12))
    before, after = (weighted_figures(reader, draw_facts(12), ones) for reader in (first, second))
    for name, found in chances(first, second, one, 40).items():
        gain = float(after[name][0] - before[name][0])
        known = found[~np.isnan(found)]
        assert np.abs(known) == pytest.approx(np.full(known.size, abs(gain)))
        assert math.isnan(gain) == (known.size == 0)


def test_p_counts_what_was_found_itself():
    assert p_value(3.0, np.array([1.0, -2.0, 0.5])) == 1 / 4
    assert p_value(-2.0, np.array([1.0, 2.0, -2.0 + 1e-15, np.nan])) == 3 / 4
    assert p_value(0.0, np.zeros(9)) == 1.0
    assert math.isnan(p_value(math.nan, np.zeros(9)))
    assert math.isnan(p_value(1.0, np.full(3, np.nan)))
