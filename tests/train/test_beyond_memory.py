"""A run whose films have no room in memory ends with the weights of one whose films have, also after a kill."""

import os
import subprocess
import sys

import pytest
import torch

from pleura.cli import build_app
from pleura.cli.console import EXIT_ERROR, run
from pleura.cli.train import Machine
from pleura.core.errors import TrainingError
from pleura.train.checkpoint import load_checkpoint
from pleura.train.loop import train
from pleura.train.plan import RunPlan
from tiny import SHORT, smoke

CPU = torch.device("cpu")
STAGES = [SHORT | {"epochs": 2, "batch": 4, "accumulate": 2}]


class Killed(Exception):
    pass


def weights(folder):
    return load_checkpoint(folder / "last.pt", CPU)["network"]


def test_shards_change_no_weight_and_a_killed_run_goes_on_with_them(tiny_data, tmp_path):
    torch.set_num_threads(1)
    recipe = smoke(stages=STAGES, network__encoder="test_efficientnet", target__blur_px=4.0)
    train(recipe, tiny_data, tmp_path / "whole", RunPlan(CPU), lambda _at: None)
    beyond, shards = tmp_path / "beyond", tmp_path / "local"
    written = {}

    def kill(at):
        written.update({path: path.stat().st_ino for path in shards.rglob("*.u8")})
        if at.epoch == 1:
            raise Killed

    with pytest.raises(Killed):
        train(recipe, tiny_data, beyond, RunPlan(CPU, memory=1, shards=shards), kill)
    assert len(written) == 4  # films and targets to train on and to judge by

    def look(_at):
        assert written == {path: path.stat().st_ino for path in shards.rglob("*.u8")}

    train(recipe, tiny_data, beyond, RunPlan(CPU, resume=True, memory=1, shards=shards), look)
    one, other = weights(tmp_path / "whole"), weights(beyond)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert not shards.exists()
    assert not (beyond / "cache").exists()


@pytest.mark.parametrize(
    ("said", "found"), [("5000", 5000), ("64KB", 65536), ("2m", 2 << 20), ("24 GiB", 24 << 30), (None, None)]
)
def test_amounts_of_memory(said, found):
    assert Machine(memory=said).films_memory == found


@pytest.mark.parametrize("said", ["", "much", "-1G", "1.5GB", "GB"])
def test_what_is_no_amount_of_memory_is_refused(said):
    with pytest.raises(TrainingError, match="is no amount of memory"):
        _ = Machine(memory=said).films_memory


def test_runs_that_share_a_scratch_folder_have_shards_of_their_own(tmp_path):
    here = Machine(scratch=tmp_path)
    first, second = here.shards(tmp_path / "runs" / "a"), here.shards(tmp_path / "runs" / "b")
    assert first != second
    assert first.parent == second.parent == tmp_path
    assert Machine().shards(tmp_path / "runs" / "a") == tmp_path / "runs" / "a" / "cache"


@pytest.mark.long  # trains twice, each in a process of its own
def test_the_same_command_begins_a_run_and_goes_on_with_it(tiny_data, tmp_path, capsys):
    out = tmp_path / "run"
    arguments = ["train", "smoke", "--data", tiny_data.folder, "--out", out, "--device", "cpu", "--threads", "1"]
    arguments = [*map(str, arguments), "--memory", "64KB"]
    assert run(build_app(), [*arguments, "--resume"]) == EXIT_ERROR
    assert "no run to resume" in capsys.readouterr().err
    command = [sys.executable, "-m", "pleura", *arguments, "--resume-if-any"]
    ended = []
    for _ in range(2):
        subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
        ended.append((out / "last.pt").stat().st_ino)
    assert ended[0] == ended[1]  # nothing was left to be trained
    assert run(build_app(), arguments) == EXIT_ERROR
    assert "holds a run already" in capsys.readouterr().err
