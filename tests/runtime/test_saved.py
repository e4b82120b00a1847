"""What `pleura bench --save` wrote comes back, and holds for the machine that it was measured on."""

import os
from pathlib import Path

import pytest

from pleura.runtime import EngineChoice
from pleura.runtime.saved import ConfigError, Fingerprint, SavedEngine, config_path, save_engine, saved_engine


def engine(**changes):
    content = {"engine": "onnxruntime", "precision": "float32", "device": "cpu", "threads": 3, "batch": 2}
    return SavedEngine(**{**content, "model": "bright 1.0", "machine": Fingerprint.here(), **changes})


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    path = tmp_path / "pleura.toml"
    monkeypatch.setenv("PLEURA_CONFIG", str(path))
    return path


def test_what_was_saved_comes_back(config):
    assert saved_engine() is None
    assert save_engine(engine()) == config
    assert saved_engine() == engine()
    assert saved_engine().choice == EngineChoice("onnxruntime", "float32", "cpu", 3)
    assert saved_engine().is_of_here


@pytest.mark.parametrize("change", [{"cores": 1000}, {"processor": "another"}, {"packages": {"openvino": "0"}}])
def test_another_machine_or_version_is_told_apart(change):
    elsewhere = Fingerprint.here().model_copy(update=change)
    save_engine(engine(machine=elsewhere))
    assert not saved_engine().is_of_here


@pytest.mark.parametrize("content", ["[engine", "[engine]\nthreads = 0\n", "[motor]\n", "\xff"])
def test_a_damaged_file_is_named_with_a_remedy(config, content):
    config.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"pleura\.toml.*\[config\]"):
        saved_engine()


def test_the_file_is_where_xdg_says(monkeypatch):
    monkeypatch.delenv("PLEURA_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", "conf")
    assert config_path() == Path("conf/pleura/config.toml")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", "mine")
    assert config_path() == Path("mine/.config/pleura/config.toml")


def test_a_user_without_a_home_has_nothing_saved_and_is_told_where_to_save(monkeypatch):
    for name in ("PLEURA_CONFIG", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999_999)  # No such user, as in many containers.
    assert saved_engine() is None
    with pytest.raises(ConfigError, match="PLEURA_CONFIG"):
        save_engine(engine())


def test_onnx_runtime_for_gpus_put_in_or_taken_out_is_another_installation(tmp_path, monkeypatch):
    save_engine(engine())
    metadata = tmp_path / "onnxruntime_gpu-9.9.9.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: onnxruntime-gpu\nVersion: 9.9.9\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert Fingerprint.here().packages["onnxruntime-gpu"] == "9.9.9"
    assert not saved_engine().is_of_here
    monkeypatch.setattr("sys.path", [str(tmp_path)])  # Where it stands alone, nothing else has a version.
    assert Fingerprint.here().packages == {"onnxruntime-gpu": "9.9.9"}
