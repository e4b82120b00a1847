import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import f1_score, jaccard_score

from pleura.core.metrics import (
    MONITORABLE,
    OVERLAP_NAMES,
    Confusion,
    count_films,
    dice_scores,
    film_counts,
    kaggle_iou_scores,
    overlap_scores,
    pixel_confusion,
    soft_iou_batch,
)


def numbers(*values: int):
    return np.array(values, dtype=np.int64)


def by_hand():
    """A hit (Dice 2/3), a miss, a false alarm, and a healthy film left empty; 100 pixels each."""
    return overlap_scores(numbers(10, 0, 0, 0), numbers(20, 0, 5, 0), numbers(10, 8, 0, 0), 100)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("siim_dice", (2 / 3 + 0 + 0 + 1) / 4),
        ("siim_dice_all_empty", 0.5),
        ("dice_positives", 1 / 3),
        ("dice_positives_median", 1 / 3),
        ("empty_correct", 0.5),
        ("pooled_accuracy", 377 / 400),
        ("pooled_precision", 10 / 25),
        ("pooled_recall", 10 / 18),
        ("pooled_f1", 20 / 43),
        ("pooled_iou", 10 / 33),
        ("kaggle_iou", (0.1 + 0 + 0 + 1) / 4),
    ],
)
def test_figures_of_four_films_counted_by_hand(name, expected):
    assert by_hand()[name] == pytest.approx(expected)


def test_every_figure_named_is_given_and_every_monitorable_one_exists():
    assert tuple(by_hand()) == OVERLAP_NAMES
    assert set(MONITORABLE) - {"auroc", "ap"} <= set(OVERLAP_NAMES)


def test_without_positives_their_figures_are_nan():
    scores = overlap_scores(numbers(0, 0), numbers(0, 3), numbers(0, 0), 50)
    assert math.isnan(scores["dice_positives"])
    assert math.isnan(scores["dice_positives_median"])
    assert scores["empty_correct"] == 0.5


def test_without_healthy_films_empty_correct_is_nan():
    assert math.isnan(overlap_scores(numbers(2), numbers(3), numbers(4), 50)["empty_correct"])


@pytest.mark.parametrize(
    ("predicted", "true", "expected"),
    [
        pytest.param(0, 0, 1.0, id="both_empty"),
        pytest.param(5, 0, 0.0, id="false_alarm"),
        pytest.param(0, 5, 0.0, id="miss"),
    ],
)
def test_dice_of_empty_masks_follows_the_challenge(predicted, true, expected):
    assert dice_scores(numbers(0), numbers(predicted), numbers(true)) == expected


@pytest.mark.parametrize(
    ("both", "union", "expected"),
    [
        pytest.param(49, 100, 0.0, id="under_the_first_step"),
        pytest.param(50, 100, 0.1, id="on_the_first_step"),
        pytest.param(95, 100, 1.0, id="on_the_last_step"),
        pytest.param(100, 100, 1.1, id="exact_match_as_in_the_kernel"),
    ],
)
def test_kaggle_iou_climbs_in_steps(both, union, expected):
    assert kaggle_iou_scores(numbers(both), numbers(both), numbers(union)) == pytest.approx(expected)


masks = hnp.arrays(bool, st.tuples(st.just(2), st.integers(1, 4), st.integers(1, 6), st.integers(1, 6)))


@given(masks)
def test_pooled_figures_agree_with_scikit_learn(pair):
    predicted, truth = pair
    counts = count_films(map(film_counts, predicted, truth))
    scores = counts.scores()
    assert pixel_confusion(counts) == Confusion.of(predicted, truth)
    if predicted.any() or truth.any():
        assert scores["pooled_f1"] == pytest.approx(f1_score(truth.ravel(), predicted.ravel()))
        assert scores["pooled_iou"] == pytest.approx(jaccard_score(truth.ravel(), predicted.ravel()))


@pytest.mark.parametrize(
    ("both", "predicted", "true", "pixels"),
    [
        pytest.param(5, 4, 9, 100, id="more_in_common_than_predicted"),
        pytest.param(0, 60, 60, 100, id="more_than_the_film_holds"),
        pytest.param(-1, 4, 9, 100, id="negative"),
    ],
)
def test_counts_that_no_masks_have_are_refused(both, predicted, true, pixels):
    with pytest.raises(ValueError, match="no two masks"):
        overlap_scores(numbers(both), numbers(predicted), numbers(true), pixels)


def test_counts_that_are_not_whole_are_refused():
    with pytest.raises(ValueError, match="integers"):
        overlap_scores(np.array([0.5]), numbers(1), numbers(1), 10)


def test_soft_iou_is_pooled_in_a_batch_and_averaged_over_batches():
    both, sums, true = np.array([2.0, 1.0, 0.0]), np.array([3.0, 1.0, 4.0]), numbers(4, 3, 0)
    assert soft_iou_batch(both, sums, true, batch=2) == pytest.approx((3 / 8 + 0) / 2, abs=1e-5)
    assert soft_iou_batch(both, sums, true, batch=3) == pytest.approx(3 / 12, abs=1e-5)


def test_soft_iou_of_no_film_is_nan_and_of_no_batch_refused():
    assert math.isnan(soft_iou_batch(np.zeros(0), np.zeros(0), numbers(), batch=4))
    with pytest.raises(ValueError, match="batch"):
        soft_iou_batch(np.zeros(1), np.zeros(1), numbers(0), batch=0)
