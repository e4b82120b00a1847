"""`pleura batch`: words, JSON and exit codes."""

import json
from pathlib import Path

import pytest

from batching import results_in, write_films
from models import make_model
from pleura.cli import build_app
from pleura.cli.console import run


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx").path


def pleura_batch(*arguments: object) -> int:
    """Read drawn squares, which no gate takes for chests and which have no lungs."""
    return run(build_app(), ["batch", "--no-gate", "--no-lungs", "--workers", "1", *map(str, arguments)])


def test_counts_are_told_in_words_or_as_json(tmp_path, model, capsys):
    films = write_films(tmp_path / "films", 6)
    command = (films, "--out", tmp_path / "out", "--model", model)
    assert pleura_batch(*command) == 2
    assert "5 of 6 films read, 5 with a pneumothorax, refused: 1 not_an_image" in capsys.readouterr().out
    before = results_in(tmp_path / "out")
    # Nothing is left: no worker starts, and what lies there is counted again.
    assert pleura_batch(*command, "--json") == 2
    told = json.loads(capsys.readouterr().out)
    assert {name: told[name] for name in ("films", "read", "present")} == {"films": 6, "read": 5, "present": 5}
    assert json.loads(Path(told["see"]).read_text(encoding="utf-8"))["refused"] == told["refused"]
    assert results_in(tmp_path / "out") == before


def test_a_slice_tells_of_itself_alone(tmp_path, model, capsys):
    films = write_films(tmp_path / "films", 6)
    assert pleura_batch(films, "--out", tmp_path / "out", "--model", model, "--shard", "1/2") == 0
    assert "4 of 4 films read" in capsys.readouterr().out
    assert not list((tmp_path / "out").rglob("summary.json"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("films", "--out", "out", "--shard", "3/2"), "3/2", id="no_such_slice"),
        pytest.param(("films", "--out", "films/out"), "lies in the input", id="results_among_films"),
        pytest.param(("nowhere", "--out", "out"), "no such file", id="no_input"),
        pytest.param(("", "--out", "out"), "FILMS: names no place", id="input_not_set"),
        pytest.param(("films", "--out", ""), "--out: names no place", id="out_not_set"),
        pytest.param(("films", "--out", "s3://key:secret@b/x"), "OUT: the URL holds a credential", id="credential"),
        pytest.param(("films", "--out", "out", "--workers", "0"), "1", id="no_worker"),
        pytest.param(("films", "--out", "out", "--ray-address", "auto"), "--engine ray", id="ray_without_its_engine"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_film_is_read(tmp_path, monkeypatch, capsys, arguments, told):
    (tmp_path / "films").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run(build_app(), ["batch", *arguments]) == 1
    assert told in "".join(capsys.readouterr())
    assert not (tmp_path / "out").exists()
