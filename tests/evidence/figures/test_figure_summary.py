import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pleura.core.metrics import soft_iou_batch
from pleura.core.rle import encode
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.estimate import Basis, Estimate, estimate, percentiles
from pleura.evidence.figures.summary import estimates, summarise
from pleura.evidence.figures.table import FIGURES, SOFT_IOU
from pleura.evidence.judged import Judged
from readers import alone, draw_dataset, draw_facts, draw_reader


def of_reader(tmp_path, reader, **changes):
    """A data set with the truths of a reader, a patient a film; every third film is a man's."""
    present = reader.judged.present
    cases = [
        {"present": bool(ill), "area": 0.04 * ill, "sex": "M" if number % 3 == 0 else "F"}
        for number, ill in enumerate(present)
    ]
    mask = np.zeros((100, 100), dtype=np.bool_)
    mask[20:40, 5:25] = True
    return draw_dataset(
        tmp_path, [case | changes for case in cases], [encode(mask) if ill else "-1" for ill in present]
    )


def test_the_interval_of_a_mean_is_the_normal_one():
    reader = draw_reader(1, films=800)
    found = estimates([reader], draw_facts(800), alone(reader))["empty_correct"]
    reach = 1.96 * math.sqrt(found.value * (1 - found.value) / found.cases)
    assert found.low == pytest.approx(found.value - reach, abs=0.1 * reach)
    assert found.high == pytest.approx(found.value + reach, abs=0.1 * reach)


def test_the_spread_of_an_auroc_is_that_of_hanley_and_mcneil():
    reader = draw_reader(4, films=600)
    ill, well = int(reader.judged.present.sum()), int((~reader.judged.present).sum())
    found = estimates([reader], draw_facts(600), alone(reader))["auroc"]
    area = found.value
    both_higher, higher_than_both = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (ill - 1) * (both_higher - area**2) + (well - 1) * (higher_than_both - area**2)
    assert found.high - found.low == pytest.approx(2 * 1.96 * math.sqrt(spread / (ill * well)), rel=0.1)
    assert found.cases == min(ill, well)


def test_a_film_that_stands_twice_in_its_patient_makes_nothing_surer():
    reader, facts = draw_reader(1, films=50), draw_facts(50)
    pairs = np.repeat(np.arange(50), 2)
    single = estimates([reader], facts, alone(reader), rounds=100)
    double = estimates([reader.take(pairs)], facts.take(pairs), pairs, rounds=100)
    unlike = {name for name in FIGURES if name.startswith("size_error")} | {SOFT_IOU}  # n - 1, and the order of films
    for name in set(FIGURES) - unlike:
        assert (double[name].value, double[name].low, double[name].high) == pytest.approx(
            (single[name].value, single[name].low, single[name].high)
        )
        assert double[name].cases == 2 * single[name].cases


def test_what_is_undefined_on_some_draws_is_judged_on_the_others_and_on_none_is_not_judged():
    reader, facts = draw_reader(1, films=9), draw_facts(9)
    present = reader.judged.present
    lone = np.array([np.flatnonzero(present)[0], np.flatnonzero(~present)[0]])
    apart = replace(reader.take(lone), judged=replace(reader.judged.take(lone), scores=np.array([0.9, 0.1])))
    auroc = estimates([apart], facts.take(lone), np.arange(2), rounds=50)["auroc"]
    assert (auroc.value, auroc.cases, auroc.patients) == (1.0, 1, 1)
    assert math.isnan(auroc.low)  # every draw gives 1: no interval, and not one without width
    healthy = estimates([reader.take(lone[1:])], facts.take(lone[1:]), np.arange(1), rounds=50)["dice_positives"]
    assert all(math.isnan(number) for number in (healthy.value, healthy.low, healthy.high))
    assert (healthy.cases, healthy.few) == (0, True)


def test_a_figure_of_few_films_is_marked():
    assert Estimate(0.5, 0.4, 0.6, 9).few
    assert not Estimate(0.5, 0.4, 0.6, 10).few
    assert not Estimate(0.5, 0.4, 0.6, 14, 10).few
    assert Estimate(0.5, 0.4, 0.6, 14, 1).few


@given(patients=st.integers(1, 400), share=st.sampled_from([0.0, 1.0]))
def test_a_share_without_an_exception_has_the_exact_interval_of_its_patients(patients, share):
    found = estimate(share, np.full(20, share), Basis(3 * patients, patients), counted=True)
    exact = stats.binomtest(round(share * patients), patients).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))
    assert found.low < found.high


@pytest.mark.parametrize("value", [1.0, 0.7])
def test_draws_that_are_all_alike_give_no_interval(value):
    found = estimate(value, np.full(20, value), Basis(14, 1), counted=value != 1.0)
    assert (found.value, found.cases, found.patients, found.few) == (value, 14, 1, True)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_the_interval_leaves_out_a_fortieth_of_the_draws_at_either_end():
    assert percentiles(np.append(np.arange(1001.0), np.nan)) == pytest.approx((25.0, 975.0))
    assert all(math.isnan(end) for end in percentiles(np.full(5, np.nan)))


def test_the_seed_is_all_that_decides():
    reader, facts = draw_reader(1), draw_facts()
    one, same, other = (estimates([reader], facts, alone(reader), 50, seed)["siim_dice"] for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_more_rounds_than_fit_at_once_are_drawn_in_blocks():
    reader = draw_reader(1)
    twice = reader.take(np.tile(np.arange(200), 6))
    groups = np.tile(np.arange(200), 6)
    # 1,200 films: 166 rounds at a time.
    found = estimates([twice], draw_facts().take(groups), groups, rounds=400)["empty_correct"]
    plain = estimates([reader], draw_facts(), np.arange(200), rounds=400)["empty_correct"]
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))


def test_the_soft_iou_of_batches_has_no_interval():
    reader = draw_reader(1)
    found = estimates([reader], draw_facts(), alone(reader), rounds=10)[SOFT_IOU]
    expected = soft_iou_batch(reader.soft[:, 0], reader.soft[:, 1], reader.judged.counts.true, 32)
    assert found.value == pytest.approx(expected)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_several_runs_are_averaged_and_their_scores_never_ranked_together():
    first, second, facts = draw_reader(1), draw_reader(2, skill=0.8), draw_facts()
    judged = second.judged
    halved = replace(
        second, judged=Judged(judged.counts, judged.scores / 2, judged.decided)
    )  # ranks as `second` does
    one = estimates([second], facts, alone(second), rounds=50)
    both = estimates([second, halved], facts, alone(second), rounds=50)
    assert both["auroc"] == one["auroc"]
    mean = estimates([first, second], facts, alone(first), rounds=50)["pooled_f1"]
    alone_first = estimates([first], facts, alone(first), rounds=50)["pooled_f1"]
    assert mean.value == pytest.approx((alone_first.value + one["pooled_f1"].value) / 2)


def test_a_summary_has_every_figure_on_all_films_and_on_each_stratum(tmp_path):
    reader = draw_reader(1, films=60)
    summary = summarise([reader], of_reader(tmp_path, reader), rounds=50)
    assert list(summary.figures) == list(FIGURES)
    by_axis = {}
    for stratum in summary.strata:
        by_axis.setdefault(stratum.axis, []).append(stratum)
    assert set(by_axis) == {"size", "size, thirds", "side", "sex"}
    women, men = by_axis["sex"]
    assert (women.name, women.films, men.films) == ("female", 40, 20)
    places = np.flatnonzero(np.arange(60) % 3)
    assert women.figures["siim_dice"].value == pytest.approx(reader.take(places).judged.figures()["siim_dice"])
    assert women.positives == reader.judged.present[places].sum()
    (large,) = by_axis["size"]
    assert large.films == large.positives == reader.judged.present.sum()
    assert {FIGURES[name].over for name in large.figures} == {"positives"}
    # All positives are in it, so that it is what it is on all films, draw for draw.
    assert all(found == summary.figures[name] or found.cases == 0 for name, found in large.figures.items())


def test_a_summary_tells_how_far_it_is(tmp_path):
    reader, told = draw_reader(1, films=60), []

    def steps(draws, count):
        for number, weights in enumerate(draws):
            told.append((number, count, len(weights)))
            yield weights

    dataset = of_reader(tmp_path, reader)
    watched = summarise([reader], dataset, rounds=7000, steps=steps)
    assert [number for number, _, _ in told] == list(range(told[0][1]))
    assert len(told) > 1
    assert sum(rounds for _, _, rounds in told) == 7000
    assert watched.figures["brier"] == summarise([reader], dataset, rounds=7000).figures["brier"]


def test_a_summary_draws_patients(tmp_path):
    reader = draw_reader(1, films=60)
    one_patient = summarise([reader], of_reader(tmp_path, reader, patient="one"), rounds=20).figures["siim_dice"]
    assert math.isnan(one_patient.low)
    assert (one_patient.cases, one_patient.patients, one_patient.few) == (60, 1, True)


def test_other_films_are_refused(tmp_path):
    reader, facts = draw_reader(1, films=20), draw_facts(20)
    with pytest.raises(ValueError, match="at least one run"):
        estimates([], facts, np.arange(20))
    with pytest.raises(ValueError, match="same films"):
        estimates([reader, reader.take(np.arange(20)[::-1])], facts, alone(reader))
    with pytest.raises(ValueError, match="groups"):
        estimates([reader], facts, np.arange(19))
    none = np.arange(0)
    with pytest.raises(ValueError, match="at least one of each"):
        estimates([reader.take(none)], facts.take(none), none)
    truths = replace(reader.judged, counts=replace(reader.judged.counts, true=reader.judged.counts.true + 1))
    changed = Evaluation(reader.films, truths, reader.surfaces)
    with pytest.raises(ValueError, match="true areas differ"):
        summarise([reader, changed], of_reader(tmp_path, reader))
