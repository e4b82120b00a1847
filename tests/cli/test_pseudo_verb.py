import subprocess
import sys

import numpy as np

from discs import make_discs
from models import make_model
from pleura.cli import build_app
from pleura.cli.console import run
from pleura.train.soft import load_soft


def pleura(*words):
    return run(build_app(), [str(word) for word in words])


def test_pseudo_says_what_it_kept_and_refuses_a_wrong_round(tmp_path, capsys):
    data = make_discs(tmp_path / "discs", 4).folder
    make_model(tmp_path / "bright.onnx")
    words = ("pseudo", tmp_path / "bright.onnx", data, "--device", "cpu", "--threads", 1, "--out")
    assert pleura(*words, tmp_path / "soft", "--agreement", 0) == 0
    assert "kept 4 films, 2 of them with a pneumothorax, and refused 0; round 1" in capsys.readouterr().err
    assert load_soft(tmp_path / "soft").maps.dtype == np.uint8
    assert pleura(*words, tmp_path / "other", "--round", 2) == 1
    assert "teaches round 1, not 2" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_soft_targets_are_made_without_torch():
    code = "import sys, pleura.cli.pseudo; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
