"""Calibrations judged by patient cross-fit."""

import numpy as np
import pytest

from pleura.core.calibration import calibrated, sigmoid
from pleura.core.errors import DatasetError
from pleura.core.metrics import brier, ece
from pleura.evidence.calibrate import KINDS, CalibrationPlan, Scored, calibrate, calibration_figures, score_films
from pleura.evidence.calibration_fit import fit_calibration
from pleura.evidence.folds import patient_folds

QUICK = CalibrationPlan(draws=3, rounds=200)


def scored(slope, intercept, films=600, seed=0):
    """Films, three a patient, whose true log odds are slope * logit(score) + intercept."""
    generator = np.random.default_rng(seed)
    odds = generator.normal(0, 3, films)
    present = generator.uniform(size=films) < sigmoid(slope * odds + intercept)
    areas = np.where(present, generator.uniform(0.001, 0.1, films), 0.0)
    return Scored(np.arange(films), sigmoid(odds), present, areas, np.arange(films) // 3)


def test_each_film_is_told_by_a_calibration_that_saw_no_film_of_its_patient():
    films = scored(0.5, -1.0, films=90)
    drawn = calibrate(films, CalibrationPlan(kind="platt", folds=3, seed=7, draws=2, rounds=5)).chosen.drawn
    for draw in range(2):
        fold_of = patient_folds(films.groups, films.areas, 3, 7 + draw)
        for fold in range(3):
            rest = fold_of != fold
            assert not set(films.groups[rest]) & set(films.groups[~rest])
            fitted = fit_calibration(films.scores[rest], films.present[rest], "platt")
            assert drawn[draw, ~rest].tolist() == calibrated(films.scores[~rest], fitted).tolist()


@pytest.mark.parametrize(
    ("slope", "intercept", "kind"),
    [
        pytest.param(0.4, 0.0, "temperature", id="too_sure"),
        pytest.param(0.4, -2.0, "platt", id="too_sure_and_too_high"),
    ],
)
def test_auto_takes_the_simplest_kind_that_no_other_beats(slope, intercept, kind):
    outcome = calibrate(scored(slope, intercept), QUICK)
    assert (outcome.kind, outcome.shipped.kind) == (kind, kind)
    assert set(outcome.trials) == set(KINDS)
    assert outcome.chosen.change["brier"].high < 0
    assert outcome.chosen.change["log_loss"].high < 0
    assert outcome.chosen.figures["ece"].value < outcome.before["ece"].value


def test_what_a_step_makes_of_the_score_only_an_isotonic_curve_mends():
    films = scored(0.4, 0.0, films=1500)
    step = np.where(np.abs(films.scores - 0.5) < 0.4, 0.5, np.where(films.scores > 0.5, 0.6, 0.0))
    present = np.random.default_rng(1).uniform(size=1500) < step
    stepped = Scored(films.films, films.scores, present, np.where(present, films.areas + 0.01, 0), films.groups)
    outcome = calibrate(stepped, QUICK)
    assert outcome.kind == "isotonic"
    assert "platt" in outcome.trials["isotonic"].beats


def test_figures_are_those_of_the_metrics():
    outcome = calibrate(scored(1.0, 0.0, films=150), CalibrationPlan(kind="temperature", draws=1, rounds=20))
    films, drawn = outcome.scored, outcome.chosen.drawn[0]
    assert outcome.before["ece"].value == pytest.approx(ece(films.scores, films.present))
    assert outcome.chosen.figures["ece"].value == pytest.approx(ece(drawn, films.present))
    assert outcome.chosen.figures["brier"].value == pytest.approx(brier(drawn, films.present))
    loss = -np.mean(np.log(np.where(films.present, drawn, 1 - drawn)))
    assert outcome.chosen.figures["log_loss"].value == pytest.approx(loss)
    change = outcome.chosen.change["brier"]
    assert change.value == pytest.approx(outcome.chosen.figures["brier"].value - outcome.before["brier"].value)
    assert change.low <= change.value <= change.high


def test_a_certain_error_costs_much_and_not_everything():
    told = calibration_figures(np.array([1.0, 0.0]), np.array([False, False]), np.ones((1, 2)))
    assert told["log_loss"][0] == pytest.approx(-np.log(1e-6) / 2, rel=1e-4)


def test_probabilities_hold_at_the_prevalence_that_was_asked_for():
    films = scored(0.5, 0.0)
    plain, rare = calibrate(films, QUICK), calibrate(films, CalibrationPlan(prevalence=0.02, draws=2, rounds=50))
    assert plain.prevalence == pytest.approx(films.present.mean())
    assert rare.prevalence == pytest.approx(0.02)
    told = calibrated(films.scores, rare.shipped)
    assert np.average(told, weights=rare.weights) == pytest.approx(0.02, abs=0.01)
    assert told.mean() < calibrated(films.scores, plain.shipped).mean()


def test_too_few_patients_are_refused():
    with pytest.raises(DatasetError, match="too few"):
        calibrate(scored(1.0, 0.0, films=9), QUICK)


def test_the_scores_are_those_that_decide(predictor, dataset):
    films = dataset.indices("test").astype(np.int64)
    told = score_films(predictor, dataset, films)
    assert told.present.tolist() == [dataset.cases[index].present for index in films]
    assert told.scores.shape == told.areas.shape == told.groups.shape == films.shape
    assert ((told.areas > 0) == told.present).all()
    assert told.scores[told.present].min() > told.scores[~told.present].max()
