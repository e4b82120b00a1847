"""The five rules on maps drawn by hand, on a grid of 64 of which every pixel is 256 of a 1024 film."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.core.errors import DecisionError
from pleura.core.postprocess import (
    average,
    decide,
    decide_grid,
    film_maps,
    gated_score,
    lay_over,
    mean_label,
    presence_score,
    presence_threshold,
)
from pleura.core.spec import Contrast, Crop, DecisionSpec, InputSpec
from pleura.core.types import Maps

SIDE, PIXEL = 64, 256
SPEC = InputSpec(side=SIDE, channels=1, contrast=Contrast(kind="declared"), mean=(0.5,), std=(0.25,))

fractions = st.floats(0, 1, width=32)


def drawn(core=0.9, rim=0.4):
    """A core of 4 x 4 pixels in a rim of 8 x 8, on nothing."""
    grid = np.zeros((SIDE, SIDE), dtype=np.float32)
    grid[20:28, 30:38] = rim
    grid[22:26, 32:36] = core
    return grid


def gated(label):
    return DecisionSpec(rule="label_gated", top=0.6, area=16 * PIXEL, bottom=0.3, label=label)


def by_distance(cut, removal=0):
    return DecisionSpec(rule="distance", top=0.6, area=16 * PIXEL, cut=cut, removal=removal)


def away_from(row, column, reach):
    """How far each pixel lies outside a disc, in [-1, 1]."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return ((np.hypot(rows - row, columns - column) - reach) / SIDE).astype(np.float32)


def test_a_doublet_outlines_what_makes_it_positive():
    decision = DecisionSpec(rule="doublet", top=0.6, bottom=0.6, area=16 * PIXEL)
    verdict = decide_grid(Maps(drawn()), SPEC, decision)
    assert verdict.present
    assert np.array_equal(verdict.mask, drawn() == np.float32(0.9))
    asks_more = decision.model_copy(update={"area": 17 * PIXEL})
    assert not decide_grid(Maps(drawn()), SPEC, asks_more).present


@pytest.mark.parametrize(("label", "present"), [(0.8, True), (0.7, False), (0.2, False)])
def test_a_gate_lets_pass_what_exceeds_its_threshold(label, present):
    verdict = decide_grid(Maps(drawn(), label), SPEC, gated(0.7))
    assert verdict.present == present
    assert np.array_equal(verdict.mask, (drawn() > 0.3) & present)


@pytest.mark.parametrize(
    ("label", "core", "score"),
    [
        pytest.param(0.7, 0.9, 0.5, id="the label at its threshold"),
        pytest.param(0.35, 0.9, 0.25, id="halfway to it"),
        pytest.param(0.85, 0.9, 0.75, id="halfway beyond it"),
        pytest.param(1.0, 0.8, 0.75, id="the mask halfway beyond its own"),
        pytest.param(1.0, 0.45, 0.375, id="the mask at three quarters of its own"),
    ],
)
def test_both_scores_of_a_gate_stand_on_one_scale_and_the_smaller_counts(label, core, score):
    assert presence_score(Maps(drawn(core), label), SPEC, gated(0.7)) == pytest.approx(score)
    assert presence_threshold(gated(0.7)) == 0.5


@given(label=fractions, core=fractions, gate=st.floats(0, 1), top=st.floats(0.3, 1))
def test_a_gated_score_exceeds_one_half_exactly_where_both_exceed_their_thresholds(label, core, gate, top):
    decision = gated(gate).model_copy(update={"top": top})
    maps = Maps(np.full((SIDE, SIDE), core, dtype=np.float32), label)
    assert (presence_score(maps, SPEC, decision) > 0.5) == (label > gate and core > top)


def test_a_distance_map_is_cut_where_the_mask_says_present():
    distance = away_from(24, 34, 6)
    verdict = decide_grid(Maps(drawn(), distance=distance), SPEC, by_distance(0.0))
    assert verdict.present
    assert verdict.score == pytest.approx(0.9)
    assert np.array_equal(verdict.mask, distance < 0)
    tighter = decide_grid(Maps(drawn(), distance=distance), SPEC, by_distance(-2 / SIDE))
    assert np.array_equal(tighter.mask, distance < np.float32(-2 / SIDE))
    unsure = decide_grid(Maps(drawn(core=0.5), distance=distance), SPEC, by_distance(0.0))
    assert not unsure.present
    assert not unsure.mask.any()


def test_a_distance_outline_at_native_size_is_that_of_the_map_and_loses_its_small_parts():
    near = np.minimum(away_from(24, 34, 9), away_from(52, 10, 2))
    kept = decide(Maps(drawn(), distance=near), (640, 640), SPEC, by_distance(0.0, removal=30 * PIXEL)).mask
    rows, columns = np.mgrid[:640, :640]
    # Grid pixel i has its centre at native 10 i + 4.5.
    disc = np.hypot(rows - 244.5, columns - 344.5) < 90
    assert np.count_nonzero(kept != disc) < 0.01 * disc.sum()


def test_nothing_is_cut_outside_the_crop_by_distance():
    spec = SPEC.cropped(Crop(top=0.25, bottom=0.75, left=0.25, right=0.75))
    maps = Maps(np.ones((SIDE, SIDE), np.float32), distance=np.full((SIDE, SIDE), -0.2, np.float32))
    mask = decide(maps, (200, 200), spec, by_distance(0.0)).mask
    assert mask.sum() == 100 * 100
    assert mask[50:150, 50:150].all()


@pytest.mark.parametrize(("decision", "head"), [(gated(0.5), "label"), (by_distance(0.0), "distance")])
def test_a_rule_without_its_head_is_refused_by_name(decision, head):
    with pytest.raises(DecisionError, match=f"{decision.rule} needs the head '{head}'") as refusal:
        decide_grid(Maps(drawn()), SPEC, decision)
    assert refusal.value.code == "decision"
    assert decision.needs == head


def test_a_network_s_outputs_become_maps_film_by_film():
    logits = np.stack([drawn(), -drawn()])[:, None]
    maps = film_maps({"logits": logits, "label": np.array([0.0, 2.0], np.float32), "distance": logits})
    assert [one.label for one in maps] == pytest.approx([0.5, 1 / (1 + np.exp(-2))])
    assert np.allclose(maps[1].mask, 1 / (1 + np.exp(drawn())))
    assert np.array_equal(maps[1].distance, -drawn())
    assert film_maps({"logits": logits})[0].label is None


def test_a_head_is_averaged_over_those_that_have_it():
    maps = [Maps(drawn(), 0.2), Maps(drawn() / 2, 0.8, drawn()), Maps(drawn() / 4)]
    mean = average(maps, (1.0, 3.0, 4.0))
    assert np.allclose(mean.mask, drawn() * (1 + 3 / 2 + 4 / 4) / 8)
    assert mean.label == pytest.approx((0.2 + 3 * 0.8) / 4)
    assert np.array_equal(mean.distance, drawn())


def test_maps_of_a_crop_are_laid_where_they_were_seen():
    spec = SPEC.cropped(Crop(top=0.5, bottom=1.0, left=0.0, right=0.5))
    laid = lay_over(Maps(np.ones((SIDE, SIDE), np.float32), 0.3, np.zeros((SIDE, SIDE), np.float32)), 32, spec)
    inside = np.zeros((32, 32), dtype=bool)
    inside[16:, :16] = True
    assert np.array_equal(laid.mask, inside)
    assert np.array_equal(laid.distance, ~inside)
    assert laid.label == 0.3


def test_rounding_takes_no_mean_label_over_one():
    shares = (0.7, 0.2, 0.1)  # their products with 1, added up one by one, are less than their sum or more
    told = [average([Maps(drawn(), 1.0)] * 3, order).label for order in itertools.permutations(shares)]
    assert max(told) == 1.0
    assert mean_label([1.0, 1.0], (2.0, -1.0)) == 1.0
    assert mean_label([0.1, 0.3], (2.0, -1.0)) == 0.0
    assert mean_label([None, 0.3], (3.0, 1.0)) == 0.3
    assert mean_label([None, None], (3.0, 1.0)) is None


@pytest.mark.parametrize("end", [0.0, 1.0])
@given(label=fractions, nth=fractions, top=fractions)
def test_a_gate_at_either_end_of_the_scale_agrees_with_its_score(end, label, nth, top):
    decision = DecisionSpec(rule="label_gated", label=end, top=top, bottom=0.0)
    score = gated_score(label, nth, decision)
    assert 0 <= score <= 1
    assert (score > presence_threshold(decision)) == (label > end and nth > top)


def test_what_is_left_of_a_part_under_the_films_pixels_is_no_dropped_part():
    grid = np.zeros((SIDE, SIDE), dtype=np.float32)
    grid[17, 16:28] = 0.55  # kept, a line of 12 pixels, of which one of the film holds 4 of 16
    grid[40:43, 40:43] = 0.9  # dropped, 9 pixels in one of the film's
    decision = DecisionSpec(rule="threshold", bottom=0.5, removal=10 * PIXEL)
    mask = decide(Maps(grid), (16, 16), SPEC, decision).mask
    assert np.argwhere(mask).tolist() == [[4, 4], [4, 5], [4, 6]]
