"""The main job through the command line: from a folder of films with masks to a trained model's findings."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from pleura.cli import build_app
from pleura.cli.console import run
from pleura.core.rle import decode
from pleura.runtime import read_model
from tiny import draw_pairs

FILMS, SIDE = 48, 128
ONE_THREAD = ("--threads", 1)


def pleura(*words):
    return run(build_app(), [str(word) for word in words])


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder in which every verb has run, each on what the one before it left."""
    folder = tmp_path_factory.mktemp("work")
    source = draw_pairs(folder / "source", FILMS)
    data, models = folder / "data", folder / "models"
    films = ("--data", data, "--split", "test", *ONE_THREAD, "--device", "cpu")
    codes = [
        pleura("prepare", "pairs", source, "--out", data, "--side", SIDE, "--val", 0.25, "--test", 0.25),
        pleura("train", "smoke", "--data", data, "--out", folder / "run", "--device", "cpu", *ONE_THREAD),
        pleura("export", folder / "run" / "best.pt", "--data", data, "--out", models / "smoke.onnx"),
        pleura("tune", models / "smoke.onnx", *films, "--folds", 2, "--out", models / "tuned.onnx"),
        pleura("evaluate", models / "tuned.onnx", *films, "--out", folder / "evaluation"),
        _predict(source / "png_images", folder / "findings", models / "tuned.onnx"),
    ]
    assert codes == [0] * 6
    return folder


def _predict(films, out, model):
    formats = ("--formats", "mask,overlay,json,rle")
    return pleura(
        "predict", films, "--no-gate", "--out", out, "--model", model, *formats, "--device", "cpu", *ONE_THREAD
    )


def test_prepare_leaves_a_data_set_with_three_splits(work):
    cases = table(work / "data" / "cases.csv")
    assert len(cases) == FILMS
    assert sum(case["present"] == "1" for case in cases) == FILMS // 2
    assert {case["split"] for case in cases} == {"train", "val", "test"}
    patients = {split: {case["patient"] for case in cases if case["split"] == split} for split in ("train", "test")}
    assert not patients["train"] & patients["test"]


def test_train_leaves_a_run_that_learnt_something(work):
    names = {path.name for path in (work / "run").iterdir()}
    assert names >= {
        "recipe.json", "augmentation.png", "metrics.jsonl", "timing.json", "curves.png", "last.pt", "best.pt",
    }  # fmt: skip
    losses = [json.loads(line)["train_loss"] for line in (work / "run" / "metrics.jsonl").read_text().splitlines()]
    assert len(losses) == 4
    assert losses[-1] < losses[0]


def test_export_and_tune_tell_the_model_s_story(work):
    plain, tuned = (read_model(work / "models" / f"{name}.onnx") for name in ("smoke", "tuned"))
    record = json.loads((work / "data" / "dataset.json").read_text("utf-8"))
    assert plain.spec.training is not None
    assert plain.spec.training.data_sha256 == record["sha256"]
    assert plain.spec.tuning is None
    assert tuned.spec.tuning is not None
    assert tuned.spec.tuning.films == sum(case["split"] == "test" for case in table(work / "data" / "cases.csv"))
    assert tuned.spec.input == plain.spec.input
    assert tuned.spec.figures


def test_tune_leaves_the_thresholds_that_the_model_holds(work):
    folder = work / "models" / "tuned.tuning"
    assert {path.name for path in folder.iterdir()} == {"tune.json", "thresholds.json", "objective.png"}
    thresholds = json.loads((folder / "thresholds.json").read_text("utf-8"))
    decision = read_model(work / "models" / "tuned.onnx").spec.decision
    assert thresholds["binary_threshold"] == decision.bottom
    assert thresholds["decision"] == decision.model_dump(mode="json")


def test_evaluate_leaves_figures_outlines_and_a_page(work):
    names = {path.name for path in (work / "evaluation").iterdir()}
    assert names == {"report.html", "metrics.json", "figures.csv", "strata.csv", "films.csv", "predictions.csv"}
    assert "siim_dice" in (work / "evaluation" / "metrics.json").read_text("utf-8")
    assert "data:image/" in (work / "evaluation" / "report.html").read_text("utf-8")


def test_predict_leaves_every_film_s_finding_at_native_size(work):
    rows = table(work / "findings" / "results.csv")
    codes = {row["ImageId"]: row["EncodedPixels"] for row in table(work / "findings" / "rle.csv")}
    assert len(rows) == len(codes) == FILMS
    for row in rows:
        mask = cv2.imread(str(work / "findings" / f"{row['stem']}.mask.png"), cv2.IMREAD_UNCHANGED) > 0
        told = json.loads((work / "findings" / f"{row['stem']}.json").read_text("utf-8"))
        assert mask.shape == (SIDE, SIDE)
        assert told["present"] == mask.any()
        assert np.array_equal(decode(codes[row["stem"]], mask.shape), mask)
        assert (work / "findings" / f"{row['stem']}.overlay.png").is_file()
    manifest = json.loads((work / "findings" / "manifest.json").read_text("utf-8"))
    assert manifest["films"] == {"read": FILMS, "total": FILMS}


def test_evaluate_and_predict_say_the_same_of_a_film(work):
    judged = {row["id"]: row for row in table(work / "evaluation" / "films.csv")}
    found = {row["stem"]: row for row in table(work / "findings" / "results.csv")}
    assert judged
    for name, row in judged.items():
        assert float(row["score"]) == pytest.approx(float(found[name]["probability"]), abs=1e-4)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("prepare", "pairs", "{source}", "--out", "{data}"), "data", id="data set there already"),
        pytest.param(("train", "smoke", "--data", "{data}", "--out", "{run}"), "--resume", id="run there already"),
        pytest.param(("train", "smok", "--data", "{data}", "--out", "{run}2"), "'smoke'", id="unknown recipe"),
        pytest.param(("export", "{run}/none.pt", "--data", "{data}", "--out", "m.onnx"), "none.pt", id="checkpoint"),
        pytest.param(("tune", "{run}/best.pt", "--data", "{data}", "--out", "m.onnx"), "best.pt", id="no model"),
        pytest.param(("evaluate", "{model}", "--data", "{source}", "--out", "e"), "source", id="no data set"),
    ],
)
def test_an_error_is_one_line_and_exit_code_1(work, monkeypatch, tmp_path, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    places = {name: work / name for name in ("source", "data", "run")} | {"model": work / "models" / "tuned.onnx"}
    assert pleura(*(word.format(**places) for word in words)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("pleura: ")
    assert said in line
    assert not list(tmp_path.iterdir())


def test_a_refused_film_is_exit_code_2_and_the_rest_is_read(work, tmp_path):
    films = tmp_path / "films"
    films.mkdir()
    (films / "bad.png").write_bytes(b"no picture")
    (films / "good.png").write_bytes(Path(work / "source" / "png_images" / "000.png").read_bytes())
    assert _predict(films, tmp_path / "out", work / "models" / "tuned.onnx") == 2
    assert (tmp_path / "out" / "good.mask.png").is_file()
