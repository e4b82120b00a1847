"""`pleura calibrate` from the command line."""

import json

import pytest

from discs import make_discs
from models import make_model
from pleura.cli import build_app
from pleura.cli.console import EXIT_ERROR, EXIT_OK, run
from pleura.core.spec import DecisionSpec
from pleura.data.splits import SplitPlan
from pleura.runtime import read_blend, read_model

CHOICE = ("--engine", "onnxruntime", "--threads", "1", "--folds", "2", "--draws", "2")


def pleura(*arguments):
    return run(build_app(), [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model, a blend of two, and a prepared set `data` of twelve films."""
    folder = tmp_path_factory.mktemp("calibrate")
    make_discs(folder, 12, split=SplitPlan(all_as="test"))
    decision = DecisionSpec(rule="triplet", bottom=0.3, top=0.6, area=600)
    members = [make_model(folder / f"{name}.onnx", decision, tilt) for name, tilt in (("a", 0.0), ("b", 0.1))]
    lines = ["format = 1", 'name = "two"', 'version = "1.0"', "[decision]", 'rule = "threshold"', "bottom = 0.5"]
    for one in members:
        lines += ["[[members]]", f'file = "{one.path.name}"', f'sha256 = "{one.sha256}"', 'role = "segment"']
    (folder / "two.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_a_model_is_calibrated_and_then_tells_probabilities(folder, tmp_path, capsys):
    out = tmp_path / "calibrated.onnx"
    told = ("calibrate", folder / "a.onnx", "--data", folder / "data", "--out", out, "--kind", "platt", *CHOICE)
    assert pleura(*told) == EXIT_OK
    shown = capsys.readouterr()
    assert "brier: " in shown.out
    assert "Warning: the rarer kind of film is 6 films of 6 patients" in shown.err
    assert read_model(out).spec.calibration.kind == "platt"
    assert {path.name for path in (tmp_path / "calibrated.calibration").iterdir()} == {
        "calibrate.json",
        "reliability-before.png",
        "reliability-after.png",
    }
    film = next((folder / "films" / "png_images").glob("*01.png"))
    assert pleura("predict", film, "--no-gate", "--model", out, "--out", tmp_path / "found", "--json") == EXIT_OK
    finding = json.loads(capsys.readouterr().out)
    assert finding["calibrated"] is True
    assert finding["probability"] < finding["score"]
    assert pleura("predict", film, "--no-gate", "--model", out, "--out", tmp_path / "found") == EXIT_OK
    said = capsys.readouterr().out
    assert f"Probability {finding['probability']:.2f}" in said
    assert "threshold 0.60" in said


def test_a_blend_has_a_calibration_of_its_own(folder, tmp_path, capsys):
    out = tmp_path / "calibrated.toml"
    report = tmp_path / "report"
    told = ("calibrate", folder / "two.toml", "--data", folder / "data", "--out", out, "--report", report, "--json")
    assert pleura(*told, "--prevalence", "0.1", *CHOICE) == EXIT_OK
    document = json.loads(capsys.readouterr().out)
    assert document["prevalence"] == pytest.approx(0.1)
    spec = read_blend(out).spec
    assert spec.calibration.kind == document["kind"]
    assert spec.calibration_record.prevalence == pytest.approx(0.1)
    assert (report / "calibrate.json").exists()


def test_tuning_anew_drops_a_calibration_of_other_scores(folder, tmp_path):
    out, tuned = tmp_path / "calibrated.onnx", tmp_path / "tuned.onnx"
    assert pleura("calibrate", folder / "a.onnx", "--data", folder / "data", "--out", out, *CHOICE) == EXIT_OK
    asked = ("--objective", "siim_dice", "--grid", "fine")
    assert pleura("tune", out, "--data", folder / "data", "--out", tuned, *asked, *CHOICE) == EXIT_OK
    assert (read_model(tuned).spec.calibration, read_model(tuned).spec.calibration_record) == (None, None)


def test_films_that_the_decision_saw_are_told(folder, tmp_path, capsys):
    tuned, out = tmp_path / "tuned.onnx", tmp_path / "calibrated.onnx"
    asked = ("--objective", "siim_dice", "--grid", "fine")
    pleura("tune", folder / "a.onnx", "--data", folder / "data", "--out", tuned, *asked, *CHOICE)
    capsys.readouterr()
    assert pleura("calibrate", tuned, "--data", folder / "data", "--out", out, *CHOICE) == EXIT_OK
    assert "Warning: the decision was fitted on 12 of these 12 films" in capsys.readouterr().err
    again = tmp_path / "again.onnx"
    assert pleura("calibrate", out, "--data", folder / "data", "--out", again, *CHOICE) == EXIT_OK
    assert "calibration was fitted on" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [("--prevalence", "1"), ("--prevalence", "0"), ("--folds", "1"), ("--kind", "beta"), ("--draws", "0")],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_before_a_film_is_read(folder, tmp_path, wrong):
    out = tmp_path / "calibrated.onnx"
    assert pleura("calibrate", folder / "a.onnx", "--data", folder / "data", "--out", out, *wrong) == EXIT_ERROR
    assert not out.exists()


def test_a_suffix_of_another_kind_of_model_is_refused(folder, tmp_path, capsys):
    told = ("calibrate", folder / "a.onnx", "--data", folder / "data", "--out", tmp_path / "a.toml", *CHOICE)
    assert pleura(*told) == EXIT_ERROR
    assert "suffix" in capsys.readouterr().err
