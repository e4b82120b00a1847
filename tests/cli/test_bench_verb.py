"""`pleura bench` measures, recommends and saves; `pleura predict` takes what was saved, unless asked otherwise."""

import json

import pytest

from films import write_square
from models import make_model
from pleura.cli import build_app
from pleura.cli.console import run
from pleura.runtime.saved import Fingerprint, SavedEngine, save_engine, saved_engine


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx").path


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("PLEURA_CONFIG", str(tmp_path / "config.toml"))
    return tmp_path / "config.toml"


def predict(tmp_path, model, *options):
    """The manifest of one run."""
    film = write_square(tmp_path / "film.png")
    arguments = ["predict", film, "--out", tmp_path / "out", "--model", model, "--no-gate", *options]
    assert run(build_app(), [str(each) for each in arguments]) == 0
    return json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))


def save(**changes):
    content = {"engine": "onnxruntime", "precision": "float32", "device": "cpu", "threads": 1, "batch": 2}
    save_engine(SavedEngine(**{**content, "model": "m", "machine": Fingerprint.here(), **changes}))


def test_measures_recommends_and_saves(tmp_path, model, config, capsys):
    film = write_square(tmp_path / "SECRET^NAME.png")
    arguments = ["bench", "--model", model, "--film", film, "--rounds", 3, "--seconds", 0.1, "--json", "--save"]
    assert run(build_app(), [str(each) for each in arguments]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    rows = {row["what"]: row for row in found["rows"]}
    for what in ("network: OpenVINO, float32, all cores", "your film: read", "your film: whole"):
        assert 0 < rows[what]["least"] <= rows[what]["value"] <= rows[what]["most"]
    parts = [row["value"] for what, row in rows.items() if what.startswith("your film: ")]
    assert rows["your film: whole"]["value"] >= max(parts)
    assert rows["cold start, your film: pleura predict --no-gate"]["value"] > rows["your film: whole"]["value"]
    assert rows["peak memory of all its processes, your film: pleura predict --no-gate"]["unit"] == "MB"
    assert saved_engine().model_dump(mode="json") == found["recommended"]
    assert saved_engine().is_of_here
    assert str(config) in err
    assert "SECRET" not in out + err


def test_predict_takes_what_was_saved_and_says_so(tmp_path, model, config, capsys):
    save()
    manifest = predict(tmp_path, model)
    assert manifest["engine"]["name"] == "onnxruntime"
    assert (manifest["settings"]["engine_from"], manifest["settings"]["threads"]) == ("saved", 1)
    assert manifest["settings"]["films_at_once"] == 2
    said = "2 film(s) at once, as `pleura bench` found best on this machine with m"
    assert said in capsys.readouterr().err


def test_predict_does_as_it_is_asked(tmp_path, model, config, capsys):
    save()
    manifest = predict(tmp_path, model, "--engine", "openvino", "--threads", "1")
    assert manifest["engine"]["name"] == "openvino"
    assert (manifest["settings"]["engine_from"], manifest["settings"]["films_at_once"]) == ("asked", 1)
    assert "pleura bench" not in capsys.readouterr().err


def test_predict_leaves_what_another_machine_found(tmp_path, model, config, capsys):
    save(machine=Fingerprint.here().model_copy(update={"processor": "another"}))
    manifest = predict(tmp_path, model)
    assert (manifest["engine"]["name"], manifest["settings"]["engine_from"]) == ("openvino", "auto")
    assert "was measured on another machine" in capsys.readouterr().err
