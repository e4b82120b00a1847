"""Ways to make one number of a film's maps."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models import make_spec
from pleura.core.calibration import calibrated, sigmoid
from pleura.core.postprocess import decide_grid
from pleura.core.spec import DecisionSpec
from pleura.core.types import Maps
from pleura.evidence.calibration_fit import fit_calibration
from pleura.evidence.folds import patient_folds
from pleura.evidence.presence_scores import (
    COMBINATION,
    COMBINED,
    PRESENT,
    Films,
    cross_fit_scores,
    fit_combination,
    presence_scores,
)

SPEC = make_spec().input
DECISION = DecisionSpec(rule="triplet", bottom=0.2, top=0.6, area=1024)


def maps_with(values, label=None):
    plane = np.zeros((64, 64), np.float32)
    plane.flat[: len(values)] = values
    return Maps(plane, label)


def test_known_maps_have_known_scores():
    maps = maps_with([0.95, 0.8, 0.6, 0.4], label=0.7)
    told = presence_scores(maps, SPEC, DECISION)
    assert told[PRESENT] == decide_grid(maps, SPEC, DECISION).score == np.float32(0.4)
    assert told["max"] == np.float32(0.95)
    assert told["top_100"] == np.float32(0.95)
    assert told["top_1000"] == pytest.approx((0.95 + 0.8 + 0.6 + 0.4) / 4)
    assert told["area_over_0.5"] == 3 / 64**2
    assert told["area_over_0.9"] == 1 / 64**2
    assert told["label"] == 0.7
    assert "label" not in presence_scores(maps_with([0.5]), SPEC, DECISION)


def films(count=120, seed=2):
    generator = np.random.default_rng(seed)
    present = generator.uniform(size=count) < 0.4
    areas = np.where(present, generator.uniform(0.01, 0.2, count), 0)
    scores = {name: sigmoid(generator.normal(3.0 * present - 2, 1.5)) for name in COMBINED}
    return scores, Films(present, areas, np.arange(count) // 2)


def test_the_combination_is_that_of_scikit_learn():
    scores, truth = films()
    features = np.stack([np.log(scores[name] / (1 - scores[name])) for name in COMBINED], axis=1)
    plain = (features - features.mean(axis=0)) / features.std(axis=0)
    theirs = LogisticRegression(C=1 / (0.01 * truth.present.size), tol=1e-10).fit(plain, truth.present)
    ours = fit_combination(features, truth.present)(features)
    assert ours == pytest.approx(theirs.predict_proba(plain)[:, 1], abs=1e-3)


def test_what_is_fitted_never_saw_the_films_patient():
    scores, truth = films()
    told = cross_fit_scores(scores, truth, folds=4, seed=3, draws=2)
    fold_of = patient_folds(truth.groups, truth.areas, 4, 4)
    rest = fold_of != 1
    logits = np.stack([np.log(scores[name] / (1 - scores[name])) for name in COMBINED], axis=1)
    combined = fit_combination(logits[rest], truth.present[rest])(logits[~rest])
    assert told[COMBINATION].scores[1, ~rest] == pytest.approx(combined)
    calibration = fit_calibration(scores[PRESENT][rest], truth.present[rest], "platt")
    expected = calibrated(scores[PRESENT][~rest], calibration)
    assert told[PRESENT].probabilities[1, ~rest] == pytest.approx(expected)
    assert (told[PRESENT].scores == scores[PRESENT]).all()
    assert ((told[PRESENT].probabilities > 0) & (told[PRESENT].probabilities < 1)).all()


def test_features_that_never_change_do_no_harm():
    present = np.array([True, False] * 10)
    told = fit_combination(np.zeros((20, 3)), present)(np.zeros((4, 3)))
    assert told == pytest.approx([0.5] * 4, abs=1e-6)
