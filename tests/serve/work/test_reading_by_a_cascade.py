"""The service with a cascade: who decided stands in the finding and in the DICOM report, and no SEG is written."""

import io

import cv2
import pydicom
import pytest

from cascades import make_cascade
from dicom_maker import film_values, make_dataset, write
from pleura.predict import load_predictor
from pleura.runtime import EngineChoice
from pleura.serve.config import ServeConfig, changed
from pleura.serve.model import model_facts
from pleura.serve.state.job import Status
from pleura.serve.work.reading import Task, read_one
from serving import Serving


@pytest.fixture
def cascade(tmp_path):
    return make_cascade(tmp_path)


def dicom(folder, bright):
    values = film_values(rows=256, columns=256) // 8
    values[64:192, 96:224] = 4095 if bright else 0
    values[0, 0] = 4095
    return write(make_dataset(values), folder / f"{bright}.dcm")


@pytest.mark.parametrize("bright", [True, False])
def test_a_film_says_who_decided_in_its_finding_and_in_its_report(tmp_path, cascade, bright):
    choice = EngineChoice(engine="onnxruntime", device="cpu", threads=1)
    predictor = load_predictor(cascade.path, choice, gate=False, lungs=False)
    task = Task(dicom(tmp_path, bright), tmp_path / "result", b"salt")
    outcome = read_one(predictor, task, lambda values: None)
    assert outcome.status is Status.DONE
    finding = outcome.values["finding"]
    assert outcome.values["present"] is bright
    assert finding["model"]["sha256"] == cascade.sha256
    assert ("ruled_out" in [note["code"] for note in finding["warnings"]]) is not bright
    report = pydicom.dcmread(tmp_path / "result" / "sr.dcm").to_json()
    assert ("Decided by the first model of the cascade alone" in report) is not bright
    assert ("seg.dcm" in outcome.values["files"]) is bright
    heat = cv2.imread(str(tmp_path / "result" / "probability.png"), cv2.IMREAD_UNCHANGED)
    assert bool(heat.max() > 255 * finding["threshold"] + 1) is bright


def test_the_service_says_the_cascade_is_its_model(cascade):
    facts = model_facts(changed(ServeConfig(), {"model": cascade.path, "gate": False}))
    assert (facts.document["name"], facts.document["sha256"]) == ("cascade", cascade.sha256)
    assert facts.document["thresholds"] == {"presence": 0.7, "outline": 0.3}


@pytest.mark.long  # starts the service and a worker
def test_films_sent_to_a_service_with_a_cascade_are_settled_by_whom_they_should(tmp_path, cascade):
    with Serving(tmp_path / "serving", cascade.path) as serving:
        for bright in (True, False):
            job = serving.ended(serving.take(dicom(tmp_path, bright).read_bytes()))
            assert job["status"] == "done"
            assert job["finding"]["present"] is bright
            codes = [note["code"] for note in job["finding"]["warnings"]]
            assert ("ruled_out" in codes) is not bright
            report = pydicom.dcmread(io.BytesIO(serving.http.get(job["links"]["sr"]).content))
            assert ("Decided by the first model" in report.to_json()) is not bright
