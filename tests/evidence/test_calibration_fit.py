"""Calibrations fitted to scores, beside a grid and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from pleura.core.calibration import calibrated, logit, sigmoid
from pleura.core.errors import DatasetError
from pleura.evidence.calibrate import KINDS
from pleura.evidence.calibration_fit import STEEPEST, fit_calibration, prevalence_weights


def _films(seed, count=200, slope=0.4, intercept=-1.0):
    """Scores whose true probability is sigmoid(slope * logit + intercept)."""
    generator = np.random.default_rng(seed)
    odds = generator.normal(0, 4, count)
    present = generator.uniform(size=count) < sigmoid(slope * odds + intercept)
    return sigmoid(odds), present


def _bounds(present, weights):
    """1 / (N + 2) and (N + 1) / (N + 2), with odds that are shifted as the weights of the two kinds of film are."""
    odds = np.array([1 / (present.size + 1), present.size + 1]) * weights[present].mean() / weights[~present].mean()
    return odds / (1 + odds)


FILMS = st.lists(
    st.tuples(st.integers(0, 8).map(lambda eighth: eighth / 8), st.booleans()), min_size=2, max_size=40
).filter(lambda rows: len({present for _, present in rows}) == 2)


@given(FILMS, st.integers(0, 99))
@settings(deadline=None)
def test_isotonic_is_that_of_scikit_learn_between_its_bounds(rows, seed):
    scores, present = (np.array(column) for column in zip(*rows, strict=True))
    weights = np.random.default_rng(seed).uniform(0.5, 2, scores.size)
    least, most = _bounds(present, weights)
    theirs = IsotonicRegression(y_min=least, y_max=most, out_of_bounds="clip").fit(scores, present, weights)
    asked = np.linspace(0, 1, 33)
    ours = calibrated(asked, fit_calibration(scores, present, "isotonic", weights))
    assert ours == pytest.approx(theirs.predict(asked), abs=1e-9)


def _log_loss(logits, present):
    ill, well = present.sum(), (~present).sum()
    targets = np.where(present, (ill + 1) / (ill + 2), 1 / (well + 2))
    return float(np.mean(np.logaddexp(0, logits) - targets * logits))


@pytest.mark.parametrize("seed", range(3))
def test_no_temperature_of_a_fine_grid_is_better(seed):
    scores, present = _films(seed)
    odds = logit(scores)
    grid = np.geomspace(0.2, 20, 4001)
    best = grid[np.argmin([_log_loss(odds / temperature, present) for temperature in grid])]
    assert fit_calibration(scores, present, "temperature").temperature == pytest.approx(best, rel=2e-3)


@pytest.mark.parametrize("seed", range(3))
def test_platt_is_scikit_learns_logistic_regression_on_many_films(seed):
    scores, present = _films(seed, count=20_000)
    theirs = LogisticRegression(C=1e9, tol=1e-10).fit(logit(scores)[:, None], present)
    ours = fit_calibration(scores, present, "platt")
    assert ours.slope == pytest.approx(theirs.coef_[0, 0], rel=2e-3)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=2e-3)
    assert (ours.slope, ours.intercept) == pytest.approx((0.4, -1.0), abs=0.08)


@given(FILMS, st.sampled_from(KINDS))
@settings(deadline=None, max_examples=40)
def test_every_fit_is_finite_and_holds_no_certainty(rows, kind):
    scores, present = (np.array(column) for column in zip(*rows, strict=True))
    found = calibrated(np.linspace(0, 1, 21), fit_calibration(scores, present, kind))
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_films_that_the_score_parts_without_a_fault_are_not_taken_for_certain(kind):
    scores = np.r_[np.full(20, 0.001), np.full(20, 0.999)]
    present = scores > 0.5
    low, high = calibrated(np.array([0.0, 1.0]), fit_calibration(scores, present, kind))
    assert 0.001 < low < 0.1
    assert 0.9 < high < 0.999


@pytest.mark.parametrize("kind", KINDS)
def test_scores_that_rank_films_the_wrong_way_round_end_nearly_level(kind):
    scores = np.linspace(0.3, 0.7, 40)
    found = calibrated(scores, fit_calibration(scores, scores < 0.5, kind))
    assert 0 <= found[-1] - found[0] < 0.1


def test_weights_count_films_as_often_as_they_say():
    scores, present = _films(5, count=60)
    times = np.random.default_rng(0).integers(1, 4, 60)
    weighted = fit_calibration(scores, present, "isotonic", times.astype(float))
    assert calibrated(scores, weighted) == pytest.approx(
        np.clip(
            IsotonicRegression().fit(scores.repeat(times), present.repeat(times)).predict(scores),
            *_bounds(present, times),
        )
    )


def test_another_prevalence_shifts_the_log_odds_by_that_of_the_prevalences():
    scores, present = _films(1, count=5000)
    plain = fit_calibration(scores, present, "platt")
    weights = prevalence_weights(present, 0.05)
    assert np.average(present, weights=weights) == pytest.approx(0.05)
    shifted = fit_calibration(scores, present, "platt", weights)
    here = present.mean()
    expected = plain.intercept + np.log(0.05 / 0.95) - np.log(here / (1 - here))
    assert shifted.intercept == pytest.approx(expected, abs=0.15)
    assert shifted.slope == pytest.approx(plain.slope, abs=0.06)


@pytest.mark.parametrize("prevalence", [0.005, 0.05, 0.22, 0.9])
@pytest.mark.parametrize("kind", ["platt", "isotonic"])
def test_few_films_do_not_lift_a_rare_disease(kind, prevalence):
    """The caution of Platt's targets, in films, must not outweigh the few that a rare disease leaves by weight."""
    scores, present = _films(2, count=74)
    weights = prevalence_weights(present, prevalence)
    found = calibrated(scores, fit_calibration(scores, present, kind, weights))
    assert np.average(found, weights=weights) == pytest.approx(prevalence, rel=0.15)


def test_slopes_keep_within_their_bounds():
    scores = np.array([0.4999, 0.5001] * 500)
    found = fit_calibration(scores, scores > 0.5, "temperature")
    assert found.temperature == pytest.approx(1 / STEEPEST, rel=1e-4)


@pytest.mark.parametrize("present", [np.zeros(3, bool), np.ones(3, bool)], ids=["all_healthy", "all_ill"])
def test_films_of_one_kind_are_refused(present):
    with pytest.raises(DatasetError, match="with and without"):
        fit_calibration(np.array([0.1, 0.2, 0.3]), present, "platt")
