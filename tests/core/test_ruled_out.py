"""Maps of a film that was ruled out: whatever the decision, nothing is found and the score is the one settled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models import make_spec
from pleura.core.calibration import Platt, calibrated
from pleura.core.postprocess import decide, decide_grid, ruled_out_maps
from pleura.core.rule_out import RuleOut
from pleura.core.spec import DecisionSpec

SPEC = make_spec(32).input
MAPS = hnp.arrays(np.float32, (32, 32), elements=st.floats(0, 1, width=32))
DECISIONS = st.sampled_from(
    [
        DecisionSpec(rule="threshold", bottom=0.4, tta="none"),
        DecisionSpec(rule="doublet", bottom=0.6, top=0.6, area=3000),
        DecisionSpec(rule="triplet", bottom=0.05, top=0.96, area=4000),
        DecisionSpec(rule="label_gated", bottom=0.2, top=0.5, area=2000, label=0.3),
        DecisionSpec(rule="distance", top=0.7, area=1000, cut=0.1),
    ]
)


@given(MAPS, st.floats(0, 1), DECISIONS)
def test_a_film_that_is_ruled_out_is_negative_under_every_decision(mask, score, decision):
    verdict = decide(ruled_out_maps(mask, score, SPEC, decision), (64, 48), SPEC, decision)
    assert not verdict.present
    assert not verdict.mask.any()
    assert 0 <= verdict.probabilities.min() <= verdict.probabilities.max() <= 1


@given(MAPS, st.floats(0.001, 0.3), DECISIONS)
def test_the_score_is_the_one_that_was_settled(mask, score, decision):
    assert decide_grid(ruled_out_maps(mask, score, SPEC, decision), SPEC, decision).score == pytest.approx(
        score, rel=1e-4
    )


def test_the_map_keeps_its_shape():
    mask = np.linspace(0.01, 0.6, 32 * 32, dtype=np.float32).reshape(32, 32)
    moved = ruled_out_maps(mask, 0.02, SPEC, DecisionSpec(rule="triplet", bottom=0.1, top=0.9, area=3000)).mask
    assert (np.diff(moved.ravel()) > 0).all()
    shift = np.log(moved / (1 - moved)) - np.log(mask / (1 - mask))
    np.testing.assert_allclose(shift, shift[0, 0], atol=1e-3)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_score_rises_with_the_member_s_own(one, other):
    rule = RuleOut(below=0.5, slope=1.5, intercept=-2.0)
    low, high = sorted((one, other))
    assert 0 <= rule.blend_score(low) <= rule.blend_score(high) <= 1
    assert rule.holds(low) or not rule.holds(high)


def test_the_blend_s_calibration_makes_the_fitted_probability_of_the_score():
    calibration = Platt(slope=0.5, intercept=-1.0)
    rule = RuleOut(below=0.5, slope=0.8 / 0.5, intercept=(-2.0 + 1.0) / 0.5)
    fitted = Platt(slope=0.8, intercept=-2.0)
    assert calibrated(rule.blend_score(0.2), calibration) == pytest.approx(calibrated(0.2, fitted))
