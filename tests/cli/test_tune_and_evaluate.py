import json

import cv2
import numpy as np
import pytest

from models import make_model
from pleura.cli import build_app
from pleura.cli.console import EXIT_ERROR, EXIT_OK, run
from pleura.core.spec import DecisionSpec
from pleura.data.pairs import import_pairs
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.splits import SplitPlan
from pleura.runtime import read_model

CHOICE = ["--engine", "onnxruntime", "--threads", "1"]


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "bright.onnx"
    make_model(path, decision=DecisionSpec(rule="triplet", bottom=0.9, top=0.99, area=600))
    return str(path)


@pytest.fixture
def data(tmp_path):
    """Eight films of noise, every other one with a bright disc that is the truth."""
    source, generator = tmp_path / "pairs", np.random.default_rng(0)
    for name in ("png_images", "png_masks"):
        (source / name).mkdir(parents=True)
    for index in range(8):
        coarse = generator.uniform(1, 90, (8, 8)).astype(np.uint8)
        film, mask = cv2.resize(coarse, (64, 64)), np.zeros((64, 64), np.uint8)
        if index % 2:
            cv2.circle(mask, (32, 32), 8 + index, 255, -1)
        film[mask > 0] = 230
        cv2.imwrite(str(source / "png_images" / f"{index}.png"), film)
        cv2.imwrite(str(source / "png_masks" / f"{index}.png"), mask)
    out = tmp_path / "data"
    prepare(import_pairs(source), out, PreparePlan(side=64, split=SplitPlan(all_as="test")))
    return str(out)


def test_a_model_is_tuned_and_then_judged(model, data, tmp_path, capsys):
    tuned, folder = tmp_path / "tuned.onnx", tmp_path / "evidence"
    search = ["--objective", "siim_dice", "--grid", "fine", "--folds", "2"]
    assert run(build_app(), ["tune", model, "--data", data, "--out", str(tuned), *search, *CHOICE]) == EXIT_OK
    assert {path.name for path in (tmp_path / "tuned.tuning").iterdir()} == {
        "tune.json",
        "thresholds.json",
        "objective.png",
    }
    assert read_model(tuned).spec.decision.top < 0.99
    assert "cross-fit siim_dice" in capsys.readouterr().out

    assert run(build_app(), ["evaluate", str(tuned), "--data", data, "--out", str(folder), *CHOICE]) == EXIT_OK
    printed = capsys.readouterr()
    assert printed.out.startswith("Warning: the decision was fitted on 8 of these 8 films")
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    assert metrics["figures"]["auroc"]["value"] == 1.0
    assert metrics["data"]["seen"] == 8


def test_a_model_without_a_recipe_asks_for_the_objective(model, data, tmp_path, capsys):
    tuned = tmp_path / "tuned.onnx"
    assert run(build_app(), ["tune", model, "--data", data, "--out", str(tuned), *CHOICE]) == EXIT_ERROR
    assert "--objective" in capsys.readouterr().err
    assert not tuned.exists()
