"""torchrun for real: a process that is lost, and the run that goes on from its last checkpoint."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MOST_S = 900


@pytest.mark.long  # starts four processes that each import torch, and trains
def test_a_run_that_loses_a_process_is_restarted_and_ends(tiny_data, tmp_path):
    run = tmp_path / "run"
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "--max-restarts", "1"]
    train = ["-m", "pleura", "train", "smoke", "--data", tiny_data.folder, "--out", run, "--device", "cpu"]
    command = [sys.executable, *launch, *train, "--threads", "1"]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    with (tmp_path / "log").open("w+") as log:
        torchrun = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=one_thread)
        wait_for(lambda: (run / "last.pt").exists() or torchrun.poll() is not None)
        children = Path(f"/proc/{torchrun.pid}/task/{torchrun.pid}/children")
        os.kill(int(children.read_text().split()[-1]), signal.SIGKILL)
        code = torchrun.wait(MOST_S)
        log.seek(0)
        assert code == 0, log.read()
    epochs = [json.loads(line)["epoch"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert epochs == [0, 1, 2, 3]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "run"]


def wait_for(happened):
    end = time.monotonic() + MOST_S
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.2)
