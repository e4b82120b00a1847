"""Models by their path, or by the name of one that ships."""

from pathlib import Path

import pytest

from models import make_model
from pleura.core.errors import ModelFileError
from pleura.predict.loading import load, model_path, shipped_model, shipped_models


def test_a_model_that_ships_goes_by_the_name_it_is_listed_by():
    for shipped in shipped_models():
        assert model_path(Path(shipped.stem)) == shipped
    assert load(Path("default-cascade")).spec.name == "default-cascade"
    assert model_path(None) == shipped_model()


def test_a_file_of_that_name_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_model(tmp_path / "made.onnx").path.rename("default")
    assert model_path(Path("default")) == Path("default")


@pytest.mark.parametrize("name", ["none", "rule-out", "default.onnx", "models/default"])
def test_any_other_name_is_a_path(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert model_path(Path(name)) == Path(name)
    with pytest.raises(ModelFileError, match=name):
        load(Path(name))
