import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pleura.core.metrics import dice_scores
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.paired import Difference, compare_runs, differences
from pleura.evidence.figures.table import RESAMPLED
from readers import alone, draw_dataset, draw_facts, draw_reader


def dice_of(reader):
    counts = reader.judged.counts
    return dice_scores(counts.intersections, counts.predicted, counts.true)


def compared(first, second, rounds=200):
    return differences(first, second, draw_facts(first[0].films.size), alone(first[0]), rounds)


def test_a_paired_difference_of_means_is_that_of_scipys_bootstrap():
    first, second = draw_reader(1, skill=0.2), draw_reader(2, skill=0.6)
    gains = dice_of(second) - dice_of(first)
    theirs = stats.bootstrap((gains,), np.mean, n_resamples=2000, method="percentile", rng=3).confidence_interval
    ours = compared([first], [second], 2000)["siim_dice"]
    assert ours.value == pytest.approx(gains.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.1 * (theirs.high - theirs.low))


def test_a_reader_does_not_differ_from_itself():
    reader = draw_reader(1)
    for found in compared([reader], [reader]).values():
        assert (found.value, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_the_other_way_round_all_changes_sign_but_p():
    first, second = draw_reader(1), draw_reader(2, skill=0.9)
    there, back = compared([first], [second]), compared([second], [first])
    assert tuple(there) == RESAMPLED
    for name, found in there.items():
        mirrored = back[name]
        assert (mirrored.value, mirrored.low, mirrored.high, mirrored.p) == pytest.approx(
            (-found.value, -found.high, -found.low, found.p)
        )


def test_a_better_reader_is_found_and_chance_is_not():
    much = compared([draw_reader(1, skill=0.0)], [draw_reader(2, skill=1.0)])
    for name in ("siim_dice", "empty_correct", "auroc", "films_correct", "brier"):
        assert much[name].p < 0.02, name
        assert much[name].low > 0 or much[name].high < 0
    little = [compared([draw_reader(seed)], [draw_reader(seed + 100)])["films_correct"].p for seed in range(20)]
    assert np.mean(np.array(little) < 0.05) <= 0.25
    assert 0.2 < np.median(little) < 0.9


def test_scores_on_other_scales_are_ranked_alike():
    first, second = draw_reader(1), draw_reader(2)
    judged = second.judged
    squeezed = replace(second, judged=replace(judged, scores=judged.scores / 100, calibrated=judged.scores))
    plain, other = compared([first], [second]), compared([first], [squeezed])
    for name in RESAMPLED:
        assert plain[name] == other[name], name


def test_several_runs_are_averaged():
    first, second, third = draw_reader(1), draw_reader(2, skill=0.8), draw_reader(3)
    once, twice = compared([first], [second]), compared([first, first], [second, second])
    for name, found in once.items():
        mine, other = (np.array([each.value, each.low, each.high, each.p]) for each in (found, twice[name]))
        assert mine == pytest.approx(other)
    mean = compared([first], [second, third])["siim_dice"]
    assert mean.value == pytest.approx((dice_of(second).mean() + dice_of(third).mean()) / 2 - dice_of(first).mean())


def test_a_reader_without_scores_is_compared_by_what_it_gave():
    first, full = draw_reader(1), draw_reader(2)
    bare = Evaluation(full.films, full.judged, full.surfaces, scored=False)
    found = compared([first], [bare])
    assert math.isnan(found["auroc"].p)
    assert found["auroc"].few
    assert found["siim_dice"] == compared([first], [full])["siim_dice"]


def test_a_data_set_gives_patients_and_lengths(tmp_path):
    first, second = draw_reader(1, films=40), draw_reader(2, films=40)
    apart = draw_dataset(tmp_path, [{"row_mm": 0.2, "column_mm": 0.4}] * 40, ["-1"] * 40)
    found = compare_runs([first], [second], apart, rounds=100)
    assert found["size_error_cm2"].cases == first.judged.present.sum()
    error = (second.judged.counts.predicted - first.judged.counts.predicted)[first.judged.present] * 0.0008
    assert found["size_error_cm2"].value == pytest.approx(error.mean())
    together = draw_dataset(tmp_path, [{"patient": "one"}] * 40, ["-1"] * 40)
    all_or_none = compare_runs([first], [second], together, rounds=100)["siim_dice"]
    assert all_or_none.low == pytest.approx(all_or_none.high)
    assert all_or_none.p == 1.0  # one patient can show nothing


def test_other_films_are_refused():
    reader = draw_reader(1, films=20)
    with pytest.raises(ValueError, match="at least one run of each"):
        compared([reader], [])
    with pytest.raises(ValueError, match="same films"):
        compared([reader], [reader.take(np.arange(20)[::-1])])
    with pytest.raises(ValueError, match="groups"):
        differences([reader], [reader], draw_facts(20), np.arange(19))


def test_a_difference_of_few_films_is_marked():
    assert Difference(0.1, 0.0, 0.2, 0.1, 9).few
    assert not Difference(0.1, 0.0, 0.2, 0.1, 10, 10).few
    assert Difference(0.1, 0.0, 0.2, 0.1, 14, 1).few
