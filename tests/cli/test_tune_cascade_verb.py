"""`pleura tune cascade` from the command line: the blend it writes reads films, and says what it saves."""

import csv
import dataclasses
import json

import pytest

from cascades import make_cascade
from discs import make_discs
from models import make_model
from pleura.cli import build_app
from pleura.cli.console import EXIT_ERROR, EXIT_OK, run
from pleura.core.spec import DecisionSpec
from pleura.data.splits import SplitPlan
from pleura.runtime import read_blend, write_blend

CHOICE = ("--engine", "onnxruntime", "--threads", "1", "--folds", "2", "--draws", "2")


def pleura(*arguments):
    return run(build_app(), [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A full model at 64 px, a first one at 32 px, a prepared set `data` of twelve films, and the cascade of both."""
    folder = tmp_path_factory.mktemp("cascade")
    make_discs(folder, 12, split=SplitPlan(all_as="test"))
    make_model(folder / "full.onnx", DecisionSpec(rule="triplet", bottom=0.3, top=0.6, area=600))
    make_model(
        folder / "first.onnx", DecisionSpec(rule="triplet", bottom=0.5, top=0.5, area=400, tta="none"), side=32
    )
    return folder


def cascade(folder, out, *more):
    told = ("tune", "cascade", folder / "full.onnx", "--first", folder / "first.onnx", "--data", folder / "data")
    return pleura(*told, "--out", out, *CHOICE, *more)


def test_a_cascade_is_one_file_that_predict_takes(folder, tmp_path, capsys):
    out = tmp_path / "cascade.toml"
    assert cascade(folder, out) == EXIT_OK
    assert "Multiply-adds by prevalence" in capsys.readouterr().out
    blend = read_blend(out)
    assert [member.role for member in blend.spec.members] == ["rule-out", "segment"]
    assert len(blend.spec.rule_out_tuning.films_sha256) == 12
    found = {}
    for which in ("00", "01"):
        film = next((folder / "films" / "png_images").glob(f"*{which}.png"))
        assert pleura("predict", film, "--no-gate", "--model", out, "--out", tmp_path / "found", "--json") == EXIT_OK
        found[which] = json.loads(capsys.readouterr().out)
    assert (found["00"]["present"], found["01"]["present"]) == (False, True)
    assert found["00"]["warnings"][0]["code"] == "ruled_out"
    assert "ruled_out" not in [note["code"] for note in found["01"]["warnings"]]


def test_the_report_says_what_is_saved_and_lost(folder, tmp_path, capsys):
    out, report = tmp_path / "cascade.toml", tmp_path / "report"
    assert cascade(folder, out, "--report", report, "--json") == EXIT_OK
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((report / "cascade.json").read_text("utf-8"))
    adds = document["multiply_adds"]
    assert (adds["first"], adds["full"]) == (32 * 32 * 9, 2 * 64 * 64 * 9)
    left = 1 - document["held_out"]["of_absent"]["value"], 1 - document["held_out"]["of_present"]["value"]
    cost = adds["first"] + adds["full"] * (0.95 * left[0] + 0.05 * left[1])
    assert adds["savings"]["0.05"] == pytest.approx(adds["full"] / cost)
    with (report / "curve.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert [float(row["below"]) for row in rows] == sorted(float(row["below"]) for row in rows)
    assert float(rows[-1]["ruled_out_of_the_rest"]) == 1
    page = (report / "cascade.html").read_text("utf-8")
    assert "<svg" in page
    assert "Dashed: the most that was to be lost" in page  # beside the plot: in it the ring would lie over the words
    assert "<script" not in page


def test_a_cascade_that_is_judged_on_the_films_of_its_rule_is_warned_of(folder, tmp_path, capsys):
    out = tmp_path / "cascade.toml"
    assert cascade(folder, out) == EXIT_OK
    told = ("evaluate", out, "--data", folder / "data", "--out", tmp_path / "judged", *CHOICE[:4], "--rounds", "20")
    assert pleura(*told) == EXIT_OK
    capsys.readouterr()
    warnings = json.loads((tmp_path / "judged" / "metrics.json").read_text("utf-8"))["warnings"]
    assert any("the first model's rule was fitted on 12 of these 12 films" in warning for warning in warnings)


def test_what_is_a_cascade_already_is_neither_tuned_nor_put_behind_another(folder, tmp_path, capsys):
    out = tmp_path / "cascade.toml"
    assert cascade(folder, out) == EXIT_OK
    data = ("--data", folder / "data", "--out", tmp_path / "again.toml")
    assert pleura("tune", out, *data) == EXIT_ERROR
    assert "is a cascade" in capsys.readouterr().err
    assert pleura("tune", "cascade", out, "--first", folder / "first.onnx", *data) == EXIT_ERROR
    assert "is a cascade already" in capsys.readouterr().err


def test_a_name_that_is_no_blend_s_is_refused_before_a_film_is_read(folder, tmp_path, capsys):
    assert cascade(folder, tmp_path / "cascade.onnx") == EXIT_ERROR
    assert "cascade.toml" in capsys.readouterr().err


def test_what_cannot_become_a_cascade_is_refused_before_a_film_is_read_and_nothing_is_written(
    folder, tmp_path, capsys
):
    assert cascade(folder, tmp_path / "cascade.toml", "--by", "label") == EXIT_ERROR
    assert "has no label head" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    full = make_cascade(tmp_path)
    spec = full.spec.model_copy(update={"members": full.spec.members[1:] * 2})
    twice = dataclasses.replace(full, spec=spec, models=full.models[1:] * 2)
    blend = write_blend(twice, twice.spec, tmp_path / "b.toml")
    data = ("--first", folder / "first.onnx", "--data", folder / "data")
    assert pleura("tune", "cascade", blend.path, *data, "--out", blend.path) == EXIT_ERROR
    assert "is what the cascade is made of" in capsys.readouterr().err
    assert read_blend(blend.path) == blend
