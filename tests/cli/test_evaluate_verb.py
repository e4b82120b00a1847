import json
import re

import numpy as np
import pytest

from data_folders import write_image
from discs import make_discs
from models import make_model
from pleura.cli import build_app
from pleura.cli.console import EXIT_ERROR, EXIT_OK, run
from pleura.core.spec import DecisionSpec, TrainingRecord
from pleura.data.splits import SplitPlan
from pleura.runtime import with_spec

CHOICE = ["--engine", "onnxruntime", "--threads", "1", "--rounds", "30"]
FILES = {"metrics.json", "figures.csv", "strata.csv", "films.csv", "predictions.csv", "report.html"}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_discs(tmp_path_factory.mktemp("discs"), 12, split=SplitPlan(all_as="test"))


@pytest.fixture(scope="module")
def data(dataset):
    return ["--data", str(dataset.folder)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    decision = DecisionSpec(rule="triplet", bottom=0.5, top=0.7, area=600)
    return make_model(tmp_path_factory.mktemp("model") / "bright.onnx", decision=decision)


def _evaluate(*arguments):
    return run(build_app("evaluate"), ["evaluate", *map(str, arguments), *CHOICE])


def _metrics(folder):
    return json.loads((folder / "metrics.json").read_text("utf-8"))


def test_a_model_and_outlines_are_judged_side_by_side(model, data, tmp_path, capsys):
    first = tmp_path / "first"
    assert _evaluate(model.path, *data, "--out", first) == EXIT_OK
    assert {path.name for path in first.iterdir()} == FILES
    told = capsys.readouterr().out
    assert re.search(r"SIIM Dice .*\n.*never finds", told)
    assert "Grey: over fewer than 10 films or patients." in told
    assert "Warning" not in told

    both = tmp_path / "both"
    assert _evaluate(model.path, "--predictions", first, *data, "--out", both) == EXIT_OK
    assert {path.name for path in both.iterdir()} == {"bright", "first", "report.html"}
    one, other = (_metrics(both / name)["figures"] for name in ("bright", "first"))
    assert one["dice_positives"] == other["dice_positives"]
    assert one["auroc"] == other["auroc"]


def test_json_is_what_metrics_hold_and_nothing_else_on_stdout(model, data, tmp_path, capsys):
    assert _evaluate(model.path, *data, "--out", tmp_path / "out", "--json") == EXIT_OK
    assert json.loads(capsys.readouterr().out) == _metrics(tmp_path / "out")


def test_a_cross_fit_is_judged_by_draws_and_is_no_decision_of_the_model(model, data, tmp_path, capsys):
    search = ["--cross-fit", "--objective", "siim_dice", "--grid", "fine", "--folds", "2", "--draws", "2"]
    assert _evaluate(model.path, *data, "--out", tmp_path / "out", *search) == EXIT_OK
    reader = _metrics(tmp_path / "out")["reader"]
    assert (reader["kind"], reader["runs"]) == ("cross-fit", 2)
    assert "2 runs" in capsys.readouterr().out.replace("\n", " ")
    assert (tmp_path / "out" / "predictions-2.csv").exists()


def test_a_model_that_saw_the_set_is_warned_of_first_and_its_figures_marked(model, data, dataset, tmp_path, capsys):
    record = TrainingRecord(
        recipe={},
        data_name="discs",
        data_sha256=dataset.record.sha256,
        code_version="1",
        epochs=1,
        checkpoint="best.pt",
    )
    seen = with_spec(model, model.spec.model_copy(update={"training": record}), tmp_path / "seen.onnx")
    assert _evaluate(seen.path, *data, "--out", tmp_path / "out") == EXIT_OK
    told = capsys.readouterr().out
    assert told.startswith("Warning: the network was trained or chosen on this data set")
    assert re.search(r"AUROC .*1\.000\*", told)
    assert _metrics(tmp_path / "out")["warnings"]
    assert "trained or chosen on this data set" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_outlines_of_a_model_that_saw_the_set_keep_its_warning(model, data, dataset, tmp_path, capsys):
    record = TrainingRecord(
        recipe={},
        data_name="discs",
        data_sha256=dataset.record.sha256,
        code_version="1",
        epochs=1,
        checkpoint="best.pt",
    )
    seen = with_spec(model, model.spec.model_copy(update={"training": record}), tmp_path / "seen.onnx")
    judged, again, third = (tmp_path / name for name in ("judged", "again", "third"))
    assert _evaluate(seen.path, *data, "--out", judged) == EXIT_OK
    assert _evaluate("--predictions", judged, *data, "--out", again) == EXIT_OK
    assert _evaluate("--predictions", again, *data, "--out", third) == EXIT_OK
    first, second, last = map(_metrics, (judged, again, third))
    assert first["warnings"]
    assert first["warnings"] == second["warnings"] == last["warnings"]
    assert last["data"]["seen"] == 12
    assert all(figure["seen"] for figure in last["figures"].values())
    assert "trained or chosen on this data set" in (third / "report.html").read_text("utf-8")
    capsys.readouterr()
    (third / "metrics.json").write_text('{"format": "pleura.metrics/1"}')
    assert _evaluate("--predictions", third, *data, "--out", again) == EXIT_ERROR
    assert "metrics.json: cannot be read as an evaluation" in capsys.readouterr().err
    (third / "metrics.json").write_text('{"dice": 0.5}')  # some other tool's file of that name
    assert _evaluate("--predictions", third, *data, "--out", again) == EXIT_OK
    assert not _metrics(again)["warnings"]


def test_missing_outlines_are_told_with_the_remedy(data, dataset, tmp_path, capsys):
    masks = tmp_path / "masks"
    for index in range(10):
        write_image(masks / f"{dataset.cases[index].id}.png", dataset.truth(index).astype(np.uint8))
    assert _evaluate("--predictions", masks, *data, "--out", tmp_path / "out") == EXIT_ERROR
    assert "2 of 12 films" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert _evaluate("--predictions", masks, *data, "--out", tmp_path / "out", "--missing", "empty") == EXIT_OK
    assert capsys.readouterr().out.startswith("Warning: 2 of 12 films had no outline")
    assert _metrics(tmp_path / "out")["figures"]["auroc"]["value"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--objective", "siim_dice"], "Add --cross-fit"),
        (["--rounds", "0"], "at least 1"),
        (["--leave-out", "nobody"], "leave out"),
    ],
)
def test_what_would_be_ignored_is_refused(model, data, tmp_path, capsys, arguments, words):
    given = ["evaluate", str(model.path), *data, "--out", str(tmp_path / "out"), *arguments]
    assert run(build_app("evaluate"), given) == EXIT_ERROR
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_outlines_are_never_written_over(model, data, tmp_path, capsys):
    theirs = tmp_path / "theirs"
    assert _evaluate(model.path, *data, "--out", theirs) == EXIT_OK
    before = {path: path.read_bytes() for path in theirs.iterdir()}
    assert _evaluate("--predictions", theirs, *data, "--out", theirs) == EXIT_ERROR
    assert "write over" in capsys.readouterr().err
    # Of several readers each gets a folder by its name within --out: here that of the outlines themselves.
    assert _evaluate(model.path, "--predictions", theirs, *data, "--out", tmp_path) == EXIT_ERROR
    assert f"{theirs}: --out would write over the outlines" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in theirs.iterdir()} == before
    assert _evaluate("--predictions", theirs, "--cross-fit", *data, "--out", tmp_path / "out") == EXIT_ERROR
    assert "no decision to fit" in capsys.readouterr().err
