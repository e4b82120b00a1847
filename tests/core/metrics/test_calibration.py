import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from pleura.core.metrics import brier, ece, reliability


def test_ece_weighs_each_bins_gap_by_its_films():
    probabilities = np.array([0.05, 0.05, 0.05, 0.95])
    labels = np.array([False, False, True, True])
    assert ece(probabilities, labels) == pytest.approx((3 * abs(0.05 - 1 / 3) + 0.05) / 4)


def test_probability_one_stands_in_the_last_bin():
    rows = reliability(np.array([1.0, 0.0]), np.array([True, False]))
    assert rows.films[-1] == 1
    assert rows.films[0] == 1
    assert rows.present[-1] == 1.0
    assert math.isnan(rows.present[5])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_brier_agrees_with_scikit_learn(rows):
    probabilities, labels = (np.array(column) for column in zip(*rows, strict=True))
    expected = brier_score_loss(labels, probabilities, pos_label=True)
    assert brier(probabilities, labels) == pytest.approx(expected)


def test_no_film_has_no_calibration():
    assert math.isnan(ece(np.zeros(0), np.zeros(0, bool)))
    assert math.isnan(brier(np.zeros(0), np.zeros(0, bool)))


def test_what_is_no_probability_is_refused():
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        ece(np.array([1.2]), np.array([True]))
