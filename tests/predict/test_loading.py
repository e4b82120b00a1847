"""Models by their path, or by the name of one that ships."""

from pathlib import Path

import pytest

from models import make_model
from pleura.core.errors import ModelFileError
from pleura.predict.loading import first_model_path, load, model_path, shipped_model, shipped_models
from pleura.runtime import read_model


def test_a_model_that_ships_goes_by_the_name_it_is_listed_by():
    for shipped in shipped_models():
        assert model_path(Path(shipped.stem)) == shipped
    assert load(Path("default-cascade")).spec.name == "default-cascade"
    assert model_path(None) == shipped_model()


def test_a_file_of_that_name_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_model(tmp_path / "made.onnx").path.rename("default")
    assert model_path(Path("default")) == Path("default")


def test_the_first_model_that_ships_goes_by_its_name_where_a_first_one_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = Path("rule-out")
    assert read_model(first_model_path(named)).spec.name == "rule-out"
    assert first_model_path(Path("rule-out.onnx")) == Path("rule-out.onnx")
    make_model(tmp_path / "made.onnx").path.rename(named)
    assert first_model_path(named) == named


@pytest.mark.parametrize("name", ["none", "rule-out", "default.onnx", "models/default"])
def test_any_other_name_is_a_path(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert model_path(Path(name)) == Path(name)
    with pytest.raises(ModelFileError, match=name):
        load(Path(name))
