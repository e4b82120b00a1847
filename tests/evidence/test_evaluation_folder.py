import csv
import dataclasses
import json
import math

import numpy as np
import pytest

from pleura.core.metrics import OVERLAP_NAMES
from pleura.core.spec import DecisionSpec
from pleura.evidence.crossfit_evaluation import judge_cross_fit
from pleura.evidence.document import FORMAT, Assessment, document
from pleura.evidence.evaluate import judge_model
from pleura.evidence.evaluation_folder import write_evaluation
from pleura.evidence.figures.summary import summarise
from pleura.evidence.figures.table import FIGURES
from pleura.evidence.films import films_of
from pleura.evidence.predictions import judge_predictions
from pleura.evidence.tune import TunePlan
from pleura.runtime import with_spec

ROUNDS = 40
WITHOUT_MAPS = {"soft_iou_batch_32", "tta_correct_plain", "tta_correct_flip"}
"""Figures that outlines alone do not give."""


@pytest.fixture(scope="module")
def films(dataset):
    return films_of(dataset, "test")


@pytest.fixture(scope="module")
def assessment(model, dataset, films, opened, tmp_path_factory):
    """A model that misses some films, judged."""
    decision = DecisionSpec(rule="triplet", bottom=0.5, top=0.94, area=600)
    path = tmp_path_factory.mktemp("careful") / "bright.onnx"
    careful = with_spec(model, model.spec.model_copy(update={"decision": decision}), path)
    judgement = judge_model(careful, opened(careful), dataset, films)
    left = judgement.runs[0].take(np.arange(1, films.size))
    beside = (films.size - 1, summarise([left], dataset, ROUNDS))
    return Assessment(judgement, summarise(judgement.runs, dataset, ROUNDS), beside, ROUNDS)


@pytest.fixture(scope="module")
def folder(assessment, dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("evaluation")
    write_evaluation(assessment, dataset, out)
    return out


@pytest.fixture(scope="module")
def metrics(folder):
    return json.loads((folder / "metrics.json").read_text("utf-8"))


def _rows(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_metrics_hold_every_figure_with_its_words_and_interval(metrics, assessment):
    assert metrics["format"] == FORMAT
    assert list(metrics["figures"]) == list(FIGURES)
    for name, figure in metrics["figures"].items():
        assert figure["words"] == FIGURES[name].words
        found = assessment.summary.figures[name]
        expected = None if math.isnan(found.value) else found.value
        assert (figure["value"], figure["cases"], figure["few"]) == (expected, found.cases, found.few)
    dice = metrics["figures"]["siim_dice"]
    assert dice["low"] <= dice["value"] <= dice["high"]


def test_metrics_say_what_was_judged_on_what_and_how(metrics, assessment, dataset):
    assert metrics["reader"]["model"]["sha256"] == assessment.judgement.model.sha256
    assert metrics["reader"]["kind"] == "fixed"
    assert metrics["data"]["sha256"] == dataset.record.sha256
    assert (metrics["data"]["films"], metrics["data"]["present"]) == (16, 8)
    assert metrics["bootstrap"] == {"rounds": ROUNDS, "seed": 0, "draws": "patients"}
    assert {"python", "pleura", "numpy", "scipy"} <= set(metrics["software"])
    assert metrics["seconds_a_film"]["network"] > 0
    assert metrics["figures_without_patients_left_out"]["films"] == 15


def test_confusions_count_every_film_and_pixel(metrics):
    assert np.sum(metrics["confusion_films"]["counts"]) == 16
    assert np.sum(metrics["confusion_pixels"]["counts"]) == 16 * 96 * 80
    assert [sum(row) for row in metrics["confusion_films"]["row_shares"]] == pytest.approx([1, 1])
    assert sum(row["films"] for row in metrics["reliability"]) == 16


def test_the_score_of_an_empty_reader_stands_beside_siim_dice_wherever_it_stands(metrics, folder):
    whole = [metrics["figures"], metrics["figures_without_patients_left_out"]["figures"]]
    for figures in (*whole, *(stratum["figures"] for stratum in metrics["strata"])):
        assert ("siim_dice" in figures) == ("siim_dice_all_empty" in figures)
    names = [row["figure"] for row in _rows(folder / "figures.csv")]
    assert names.index("siim_dice_all_empty") == names.index("siim_dice") + 1


def test_figures_over_few_cases_are_marked_in_json_and_tables(metrics, folder):
    rows = {row["figure"]: row for row in _rows(folder / "figures.csv")}
    assert metrics["figures"]["dice_positives"]["few"]
    assert not metrics["figures"]["siim_dice"]["few"]
    assert (rows["dice_positives"]["few"], rows["siim_dice"]["few"]) == ("1", "0")
    strata = _rows(folder / "strata.csv")
    assert all((min(int(row["cases"]), int(row["patients"])) < 10) == (row["few"] == "1") for row in strata)
    assert {row["axis"] for row in strata} == {stratum["axis"] for stratum in metrics["strata"]}


def test_figures_of_films_that_were_seen_are_marked(assessment, dataset):
    warned = dataclasses.replace(assessment.judgement, warnings=("it saw them",), seen=16)
    found = document(dataclasses.replace(assessment, judgement=warned), dataset)
    assert found["warnings"] == ["it saw them"]
    assert all(figure["seen"] for figure in found["figures"].values())
    assert not any(figure["seen"] for figure in document(assessment, dataset)["figures"].values())


def test_the_table_has_a_row_a_film_and_no_patient(folder, dataset, assessment):
    rows = _rows(folder / "films.csv")
    assert [row["id"] for row in rows] == [case.id for case in dataset.cases]
    assert [int(row["true_px"]) for row in rows] == assessment.judgement.runs[0].judged.counts.true.tolist()
    assert "patient" not in rows[0]
    assert {row["distances_in"] for row in rows} == {"px"}


def test_an_evaluation_read_back_as_outlines_has_the_same_figures(folder, dataset, films, assessment):
    again = judge_predictions(folder, dataset, films)
    figures = summarise(again.runs, dataset, ROUNDS).figures
    assert set(OVERLAP_NAMES) < set(figures) - WITHOUT_MAPS
    for name in set(figures) - WITHOUT_MAPS:
        np.testing.assert_equal(
            dataclasses.astuple(figures[name]), dataclasses.astuple(assessment.summary.figures[name])
        )


def test_every_run_of_a_cross_fit_is_read_back_and_earlier_runs_are_gone(model, opened, dataset, films, tmp_path):
    for draws in (3, 2):
        plan = TunePlan("siim_dice", "fine", folds=2, draws=draws)
        judgement = judge_cross_fit(model, opened(model), dataset, films, plan)
        found = Assessment(judgement, summarise(judgement.runs, dataset, ROUNDS), None, ROUNDS)
        write_evaluation(found, dataset, tmp_path)
    again = judge_predictions(tmp_path, dataset, films)
    assert len(again.runs) == 2
    for one, other in zip(judgement.runs, again.runs, strict=True):
        np.testing.assert_array_equal(one.judged.scores, other.judged.scores)
        np.testing.assert_array_equal(one.judged.counts.predicted, other.judged.counts.predicted)
    rows = _rows(tmp_path / "films.csv")
    assert [row["run"] for row in rows] == ["1"] * 16 + ["2"] * 16
    assert np.sum(document(found, dataset)["confusion_films"]["counts"]) == 16
