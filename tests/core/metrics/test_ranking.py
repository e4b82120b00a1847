import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from pleura.core.metrics import (
    auroc,
    average_precision,
    ranking_scores,
    sensitivity_at,
    specificity_at,
    tta_correct,
)

# Sixteenths, so that ties are common.
films = st.lists(st.tuples(st.integers(0, 16), st.booleans()), min_size=2, max_size=60)


def split(rows):
    scores, labels = zip(*rows, strict=True)
    assume(any(labels) and not all(labels))
    return np.array(scores) / 16, np.array(labels)


@given(films)
def test_auroc_and_ap_agree_with_scikit_learn_ties_included(rows):
    scores, labels = split(rows)
    assert auroc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))
    assert average_precision(scores, labels) == pytest.approx(average_precision_score(labels, scores))


@given(films, st.sampled_from([0.9, 0.95]))
def test_working_points_are_the_best_on_scikit_learns_roc(rows, level):
    scores, labels = split(rows)
    alarms, caught, _ = roc_curve(labels, scores, drop_intermediate=False)
    assert sensitivity_at(scores, labels, level) == pytest.approx(caught[1 - alarms >= level].max())
    assert specificity_at(scores, labels, level) == pytest.approx((1 - alarms)[caught >= level].max())


def test_a_perfect_score_ranks_perfectly():
    figures = ranking_scores(np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, True, False, False]))
    assert set(figures.values()) == {1.0}


@pytest.mark.parametrize("label", [True, False])
def test_one_class_alone_has_no_auroc(label):
    scores, labels = np.array([0.1, 0.7]), np.array([label, label])
    assert math.isnan(auroc(scores, labels))
    assert math.isnan(sensitivity_at(scores, labels, 0.9))
    assert math.isnan(specificity_at(scores, labels, 0.9))
    assert math.isnan(average_precision(scores, labels)) is not label


def test_a_set_without_films_has_no_figures():
    assert np.isnan(list(ranking_scores(np.zeros(0), np.zeros(0, bool)).values())).all()


def test_a_nan_score_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        auroc(np.array([0.1, np.nan]), np.array([True, False]))


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="one length"):
        auroc(np.zeros(3), np.zeros(2, bool))


def test_tta_correct_gives_both_shares():
    labels = np.array([True, True, False, False])
    plain, averaged = np.array([True, False, False, True]), np.array([True, True, False, True])
    assert tta_correct(plain, averaged, labels) == {"plain": 0.5, "tta": 0.75}
