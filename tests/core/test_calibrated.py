"""From a score to a probability."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pleura.core.calibration import Calibration, Isotonic, Platt, Temperature, calibrated

SCORE = st.floats(0, 1)
STEEP = st.floats(0.01, 100)
CALIBRATIONS = st.one_of(
    st.builds(Temperature, temperature=STEEP),
    st.builds(Platt, slope=STEEP, intercept=st.floats(-20, 20)),
    st.lists(st.tuples(SCORE, SCORE), min_size=1, max_size=6, unique_by=lambda pair: pair[0]).map(
        lambda pairs: Isotonic(x=tuple(sorted(x for x, _ in pairs)), y=tuple(sorted(y for _, y in pairs)))
    ),
)


@given(CALIBRATIONS, st.lists(SCORE, min_size=2, max_size=20))
def test_a_probability_is_finite_and_never_falls_where_the_score_rises(calibration, scores):
    found = calibrated(np.array(sorted([0.0, *scores, 1.0])), calibration)
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) >= 0).all()


@given(CALIBRATIONS, SCORE)
def test_one_score_and_many_say_the_same(calibration, score):
    alone = calibrated(score, calibration)
    assert isinstance(alone, float)
    assert calibrated(np.array([[score]], dtype=np.float64), calibration).tolist() == [[alone]]


def test_scores_of_a_network_in_float32_are_taken_in_float64():
    found = calibrated(np.array([0.0, 0.5, 1.0], dtype=np.float32), Platt(slope=1, intercept=0))
    assert found.dtype == np.float64
    assert found == pytest.approx([1e-6, 0.5, 1 - 1e-6])


def test_known_values():
    assert calibrated(0.9, Temperature(temperature=2)) == pytest.approx(1 / (1 + math.sqrt(1 / 9)))
    assert calibrated(0.9, Platt(slope=1, intercept=-math.log(9))) == pytest.approx(0.5)
    steps = Isotonic(x=(0.2, 0.6), y=(0.1, 0.5))
    assert [calibrated(score, steps) for score in (0.0, 0.2, 0.4, 0.6, 1.0)] == pytest.approx(
        [0.1, 0.1, 0.3, 0.5, 0.5]
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"kind": "temperature", "temperature": 0}, id="no_temperature"),
        pytest.param({"kind": "temperature", "temperature": math.inf}, id="infinite"),
        pytest.param({"kind": "platt", "slope": -1, "intercept": 0}, id="falling"),
        pytest.param({"kind": "beta", "a": 1}, id="unknown_kind"),
        pytest.param({"kind": "isotonic", "x": [0, 0], "y": [0, 1]}, id="x_stands_still"),
        pytest.param({"kind": "isotonic", "x": [0, 1], "y": [1, 0]}, id="y_falls"),
        pytest.param({"kind": "isotonic", "x": [0, 1], "y": [1]}, id="no_pairs"),
    ],
)
def test_what_is_no_calibration_is_refused(content):
    with pytest.raises(ValidationError):
        TypeAdapter(Calibration).validate_python(content)
