"""What a calibration leaves behind."""

import json

import cv2
import numpy as np
import pytest

from pleura.core.calibration import calibrated
from pleura.core.errors import ModelFileError
from pleura.evidence.calibrate import CalibrationPlan, calibrate, score_films
from pleura.evidence.calibration_report import write_calibrated_model, write_calibration
from pleura.evidence.films import read_case
from pleura.runtime import read_model


@pytest.fixture(scope="module")
def outcome(predictor, dataset):
    films = dataset.indices("test").astype(np.int64)
    return calibrate(score_films(predictor, dataset, films), CalibrationPlan(folds=4, draws=2, rounds=50))


@pytest.fixture
def written(outcome, dataset, model, tmp_path):
    path = tmp_path / "calibrated.onnx"
    write_calibrated_model(model, outcome, dataset, path)
    return read_model(path)


def test_the_model_file_holds_the_calibration_and_where_it_is_from(outcome, dataset, model, written):
    assert written.spec.calibration == outcome.shipped
    record = written.spec.calibration_record
    assert (record.data_sha256, record.films, record.present) == (dataset.record.sha256, 16, 8)
    assert record.prevalence == 0.5
    assert record.after.brier == outcome.chosen.figures["brier"].value
    assert len(record.films_sha256) == 16
    kept = {"calibration": None, "calibration_record": None}
    assert written.spec.model_copy(update=kept) == model.spec


def test_findings_keep_mask_and_decision_and_gain_a_probability(outcome, dataset, predictor, opened, written):
    after = opened(written)
    for index in range(4):
        film = read_case(dataset, index)
        plain, told = predictor.read(film), after.read(film)
        assert np.array_equal(plain.mask, told.mask)
        assert (plain.score, plain.threshold, plain.present) == (told.score, told.threshold, told.present)
        assert (plain.probability, plain.calibrated) == (plain.score, False)
        assert (told.probability, told.calibrated) == (calibrated(told.score, outcome.shipped), True)


def test_the_record_says_what_came_before_and_after(outcome, dataset, model, tmp_path):
    write_calibration(outcome, dataset, model, tmp_path)
    told = json.loads((tmp_path / "calibrate.json").read_text("utf-8"))
    assert told["format"] == "pleura.calibrate/1"
    assert told["model"]["sha256"] == model.sha256
    assert set(told["before"]) == set(told["after"]) == {"ece", "brier", "log_loss"}
    assert told["trials"][told["kind"]]["figures"] == told["after"]
    for rows in (told["reliability_before"], told["reliability_after"]):
        assert sum(row["films"] for row in rows) == told["films"] == 16
    assert told["probability_at_the_threshold"] == calibrated(0.99, outcome.shipped)
    for name in ("reliability-before.png", "reliability-after.png"):
        assert cv2.imread(str(tmp_path / name)) is not None


def test_no_name_of_a_film_or_a_patient_is_written(outcome, dataset, model, tmp_path):
    write_calibration(outcome, dataset, model, tmp_path)
    text = (tmp_path / "calibrate.json").read_text("utf-8")
    assert not [case for case in dataset.cases if f'"{case.id}"' in text or f'"{case.patient}"' in text]


def test_a_name_that_would_not_be_read_as_a_model_is_refused(outcome, dataset, model, tmp_path):
    with pytest.raises(ModelFileError, match="suffix"):
        write_calibrated_model(model, outcome, dataset, tmp_path / "calibrated.toml")
