import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from pleura.core.errors import RecipeError, TrainingError
from pleura.core.recipe import load_recipe, parse_recipe
from pleura.train.checkpoint import BEST, LAST, load_checkpoint
from pleura.train.loop import train

CPU = torch.device("cpu")


def smoke(**changes):
    content = load_recipe("smoke").model_dump(mode="json")
    for key, value in changes.items():
        part = content
        *path, last = key.split("__")
        for step in path:
            part = part[step]
        part[last] = value
    return parse_recipe(content, "smoke")


def run(recipe, data, folder, *, resume=False, report=lambda _at: None):
    torch.set_num_threads(1)
    return train(recipe, data, folder, resume=resume, device=CPU, report=report)


def test_smoke_leaves_a_whole_run_and_learns(tiny_data, tmp_path):
    records = run(smoke(), tiny_data, tmp_path / "run")
    files = {path.name for path in (tmp_path / "run").iterdir()}
    assert files >= {"recipe.json", "augmentation.png", "metrics.jsonl", "timing.json", "curves.png", LAST, BEST}
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [0, 1, 2, 3]
    assert [record.resolution for record in records] == [64, 64, 96, 96]
    assert records[-1].train_loss < records[0].train_loss
    assert set(json.loads((tmp_path / "run" / "timing.json").read_text())) == {
        "step_ms", "epoch_s", "total_s", "images_per_s",
    }  # fmt: skip


def test_a_run_killed_anywhere_resumes_to_the_same_weights(tiny_data, tmp_path):
    run(smoke(), tiny_data, tmp_path / "whole")
    script = (
        "import sys, torch; from pathlib import Path; torch.set_num_threads(1)\n"
        "from pleura.core.recipe import load_recipe; from pleura.data import load_dataset\n"
        "from pleura.train.loop import train\n"
        "train(load_recipe('smoke'), load_dataset(Path(sys.argv[1])), Path(sys.argv[2]), resume=False,\n"
        "      device=torch.device('cpu'), report=lambda at: print(at.epoch, at.step, flush=True))\n"
    )
    killed = tmp_path / "killed"
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tiny_data.folder), str(killed)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line.split() == ["1", "2"]:
            os.kill(child.pid, signal.SIGKILL)
            break
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    assert load_checkpoint(killed / LAST, CPU)["epoch"] == 1
    run(smoke(), tiny_data, killed, resume=True)
    for name in (LAST, BEST):
        whole, resumed = (load_checkpoint(folder / name, CPU)["network"] for folder in (tmp_path / "whole", killed))
        assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    assert [r["train_loss"] for r in load_checkpoint(killed / LAST, CPU)["records"]] == [
        r["train_loss"] for r in load_checkpoint(tmp_path / "whole" / LAST, CPU)["records"]
    ]


def test_a_metric_that_does_not_exist_fails_before_the_first_step(tiny_data, tmp_path):
    with pytest.raises(RecipeError, match="val_iou_score"):
        run(smoke(validation__monitor="val_iou_score"), tiny_data, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_is_not_overwritten(tiny_data, tmp_path):
    short = smoke(stages=[{"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}])
    run(short, tiny_data, tmp_path / "run")
    with pytest.raises(TrainingError, match="--resume"):
        run(short, tiny_data, tmp_path / "run")


def test_resume_refuses_another_recipe(tiny_data, tmp_path):
    stage = {"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}
    run(smoke(stages=[stage]), tiny_data, tmp_path / "run")
    with pytest.raises(TrainingError, match="another recipe"):
        run(smoke(stages=[stage | {"epochs": 2}]), tiny_data, tmp_path / "run", resume=True)


def test_early_stop_ends_after_patience_without_a_better_metric(tiny_data, tmp_path):
    stage = {"resolution": 32, "epochs": 9, "learning_rate": 1e-9, "batch": 8, "schedule": "constant", "floor": 0}
    never = {"rule": "triplet", "top": 1.0, "bottom": 0.5}
    recipe = smoke(stages=[stage], decision=never, validation__patience=2, validation__monitor="empty_correct")
    assert len(run(recipe, tiny_data, tmp_path / "run")) == 3


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_checkpoint(tiny_data, tmp_path):
    stages = [
        {"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8},
        {"resolution": 32, "epochs": 1, "learning_rate": 1e30, "batch": 4, "schedule": "constant"},
    ]
    with pytest.raises(TrainingError, match="loss became"):
        run(smoke(stages=stages, optimiser__clip_norm=0.0), tiny_data, tmp_path / "run")
    assert load_checkpoint(tmp_path / "run" / LAST, CPU)["epoch"] == 1


def test_bfloat16_trains_on_a_cpu(tiny_data, tmp_path):
    stage = {"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}
    started = time.perf_counter()
    records = run(smoke(stages=[stage], precision="bfloat16"), tiny_data, tmp_path / "run")
    assert 0 < records[0].seconds <= time.perf_counter() - started
