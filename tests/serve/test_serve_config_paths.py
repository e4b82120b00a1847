"""Paths in the config file of the service."""

from pathlib import Path

import pytest

from pleura.predict.loading import shipped_by_name
from pleura.serve.config import read_serve_config


def config_of(folder: Path, text: str):
    (folder / "serve.toml").write_text(text, "utf-8")
    return read_serve_config(folder / "serve.toml")


def test_paths_are_taken_from_the_folder_of_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    found = config_of(tmp_path, 'model = "mine.onnx"\ndata = "films"')
    assert (found.model, found.data) == (tmp_path / "mine.onnx", tmp_path / "films")


@pytest.mark.parametrize("there", [True, False])
def test_a_model_that_ships_goes_by_its_name_unless_a_file_has_it(tmp_path, there):
    if there:
        (tmp_path / "default-cascade").touch()
    found = config_of(tmp_path, 'model = "default-cascade"')
    assert found.model == (tmp_path / "default-cascade" if there else shipped_by_name("default-cascade"))
