"""The rule of a first model: it keeps its promise on the films it is fitted on, and its probability is honest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.core.calibration import Isotonic, Platt, Temperature, calibrated
from pleura.core.errors import DatasetError
from pleura.evidence.calibration_fit import fit_calibration
from pleura.evidence.cascade.cost import Cost, Passing
from pleura.evidence.cascade.rule import RulePlan, Scores, check_calibration, fit_rule

CALIBRATIONS = [None, Temperature(temperature=2.0), Platt(slope=0.5, intercept=-1.0)]


def films(seed=0, count=400):
    """A fifth with a pneumothorax, of which the full model finds most; the first model's scores tell them roughly."""
    rng = np.random.default_rng(seed)
    present = np.arange(count) % 5 == 0
    first = 1 / (1 + np.exp(-rng.normal(np.where(present, 1.5, -1.5), 1.2)))
    return Scores(first, present & (rng.random(count) < 0.8), present)


def plan(lose=0.05, of="found", calibration=None, prevalence=None):
    return RulePlan(lose, of, "decision", calibration, prevalence)


@settings(max_examples=15)
@given(seed=st.integers(0, 50), lose=st.floats(0, 0.5), of=st.sampled_from(["found", "all"]))
def test_no_more_is_lost_than_was_allowed_and_one_film_more_would_be_too_many(seed, lose, of):
    scores = films(seed)
    counted = scores.counted(of)
    rule = fit_rule(scores, plan(lose, of))
    lost = scores.first[counted] <= rule.below
    assert lost.mean() <= lose
    following = np.sort(scores.first[counted])[lost.sum()]
    assert following > rule.below
    assert (lost.sum() + 1) / counted.sum() > lose


@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_the_full_model_s_calibration_makes_the_first_model_s_probability_of_the_score(calibration):
    scores = films()
    rule = fit_rule(scores, plan(calibration=calibration))
    fitted = fit_calibration(scores.first, scores.present, "platt")
    for score in (0.1, 0.3, 0.6):
        given_score = rule.blend_score(score)
        probability = given_score if calibration is None else calibrated(given_score, calibration)
        assert probability == pytest.approx(calibrated(score, fitted), rel=1e-6)


def test_the_probability_holds_at_the_prevalence_asked_for():
    scores = films()
    rules = [fit_rule(scores, plan(prevalence=share)) for share in (0.2, 0.02)]
    usual, rare = (rule.blend_score(0.1) for rule in rules)
    assert rare < usual / 5
    assert rules[0].below == rules[1].below


def test_the_mean_probability_of_films_that_are_ruled_out_is_their_share():
    scores = films(count=20000)
    rule = fit_rule(scores, plan(lose=0.2, of="all"))
    out = scores.first <= rule.below
    told = np.mean([rule.blend_score(score) for score in scores.first[out]])
    assert told == pytest.approx(scores.present[out].mean(), rel=0.25)


def test_films_on_which_no_rule_can_be_fitted_are_refused():
    scores = films()
    nobody = np.zeros_like(scores.present)
    with pytest.raises(DatasetError, match="that the full model finds"):
        fit_rule(Scores(scores.first, nobody, scores.present), plan())
    with pytest.raises(DatasetError, match="score 0"):
        fit_rule(Scores(np.zeros(scores.first.size), scores.found, scores.present), plan())
    with pytest.raises(DatasetError, match="isotonic"):
        check_calibration(Isotonic(x=(0.1, 0.9), y=(0.2, 0.7)))


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_first_model_costs_on_every_film_and_the_full_one_on_what_passes(present, absent, share):
    cost = Cost(first=1.0, full=10.0)
    assert cost.saving(Passing(1.0, 1.0), share) == pytest.approx(10 / 11)
    passing = Passing(present, absent)
    assert 10 / cost.saving(passing, share) == pytest.approx(1 + 10 * (share * present + (1 - share) * absent))
