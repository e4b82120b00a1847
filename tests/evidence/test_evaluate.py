import csv
import json

import numpy as np
import pytest
from PIL import Image

from pleura.core.metrics import OVERLAP_NAMES
from pleura.core.spec import DecisionSpec
from pleura.evidence.evaluate import evaluate
from pleura.evidence.evaluation_report import Gallery, Subject, warnings_of, write_evaluation
from pleura.evidence.films import films_of, read_case
from pleura.evidence.tune import TunePlan, tune
from pleura.evidence.tuning_report import write_tuned_model
from pleura.runtime import read_model, with_spec

DECISION = DecisionSpec(rule="triplet", bottom=0.5, top=0.7, area=600)


@pytest.fixture(scope="module")
def subject(model, dataset, opened, tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "bright.onnx"
    sound = with_spec(model, model.spec.model_copy(update={"decision": DECISION}), path)
    return Subject(sound, opened(sound), dataset)


@pytest.fixture(scope="module")
def written(subject, tmp_path_factory):
    """The evaluation, and the folder it was written to."""
    folder = tmp_path_factory.mktemp("evaluation")
    films = films_of(subject.dataset, "test")
    gallery = Gallery(subject, films, folder, seed=0)
    evaluation = evaluate(subject.predictor, subject.dataset, films, gallery.show)
    write_evaluation(evaluation, np.arange(1, films.size), subject, folder)
    return evaluation, folder


def test_films_are_judged_as_they_are_read(written, subject):
    evaluation, _ = written
    findings = [subject.predictor.read(read_case(subject.dataset, index)) for index in evaluation.films]
    assert evaluation.judged.decided.tolist() == [finding.present for finding in findings]
    assert evaluation.judged.counts.predicted.tolist() == [int(finding.mask.sum()) for finding in findings]
    assert evaluation.judged.scores.tolist() == [finding.probability for finding in findings]


def test_metrics_hold_every_overlap_and_image_level_row(written, subject):
    _, folder = written
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    assert set(OVERLAP_NAMES) | {"auroc", "ap", "ece", "brier"} < set(metrics["figures"])
    assert {"tta_correct_plain", "tta_correct_flip", "soft_iou_batch_32"} < set(metrics["figures"])
    assert metrics["figures"]["auroc"] == 1.0
    assert metrics["figures_without_patients_left_out"]["films"] == len(subject.dataset) - 1
    assert np.sum(metrics["confusion_films"]["counts"]) == len(subject.dataset)
    assert np.sum(metrics["confusion_pixels"]["counts"]) == len(subject.dataset) * 96 * 80


def test_the_table_has_a_row_a_film(written, subject):
    evaluation, folder = written
    rows = list(csv.DictReader((folder / "films.csv").read_text("utf-8").splitlines()))
    assert [row["id"] for row in rows] == [case.id for case in subject.dataset.cases]
    assert [int(row["true_px"]) for row in rows] == evaluation.judged.counts.true.tolist()


def test_six_films_are_shown_twice_under_names_that_say_nothing(written):
    _, folder = written
    shown = {path.name for path in folder.glob("*-[0-9].png")}
    assert shown == {f"{name}-{number}.png" for name in ("truth", "tta") for number in range(1, 7)}
    for name in ("confusion-pixels", "confusion-films", "reliability", "truth-1"):
        with Image.open(folder / f"{name}.png") as picture:
            assert picture.mode == "RGB"


def test_a_decision_that_saw_the_films_is_warned_of(subject, tmp_path):
    assert warnings_of(subject.model, subject.dataset) == []
    plan = TunePlan("siim_dice", "fine", folds=2)
    tuned = tune(subject.predictor, subject.dataset, films_of(subject.dataset, "test"), plan)
    write_tuned_model(subject.model, tuned, subject.dataset, np.arange(16), tmp_path / "tuned.onnx")
    assert "decision was fitted" in warnings_of(read_model(tmp_path / "tuned.onnx"), subject.dataset)[0]


def test_a_film_and_its_mirror_image_are_each_seen_once(subject, monkeypatch):
    engine, seen = subject.predictor._members[0].engine, []
    monkeypatch.setattr(engine, "run", lambda batch, run=engine.run: (seen.append(len(batch)), run(batch))[1])
    evaluate(subject.predictor, subject.dataset, films_of(subject.dataset, "test")[:3], lambda _: None)
    assert sum(seen) == 2 * 3


def test_both_are_what_each_alone_gives(subject):
    film = read_case(subject.dataset, 1)
    for found, tta in zip(subject.predictor.both(film), ("none", "flip"), strict=True):
        np.testing.assert_allclose(found.mask, subject.predictor.maps(film, tta=tta).mask, atol=1e-6)
