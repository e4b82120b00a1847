"""torchrun for real: processes and whole nodes that are lost, and runs that go on from their last checkpoint."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from ports import free_ports

MOST_S = 600
TRAIN = ("-m", "pleura", "train", "smoke", "--device", "cpu", "--threads", "1")
ENVIRONMENT = os.environ | {
    "OMP_NUM_THREADS": "1",
    "GLOO_SOCKET_IFNAME": "lo",
    # As docs/training.md asks for: without it a node that comes later never learns where to meet.
    "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
}


@pytest.mark.long  # starts four processes that each import torch, and trains
def test_a_run_that_loses_a_process_is_restarted_and_ends(tiny_data, tmp_path):
    run = tmp_path / "run"
    launch = ("--standalone", "--nproc_per_node", "2", "--max-restarts", "1")
    with (tmp_path / "log").open("w+") as log:
        torchrun = start(launch, (*TRAIN, "--data", tiny_data.folder, "--out", run), log)
        wait_for(lambda: (run / "last.pt").exists() or torchrun.poll() is not None)
        os.kill(children(torchrun.pid)[-1], signal.SIGKILL)
        code = torchrun.wait(MOST_S)
        log.seek(0)
        assert code == 0, log.read()
    assert epochs(run) == [0, 1, 2, 3]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "run"]


@pytest.mark.long  # two nodes of one process each, twice, one of them killed and replaced
def test_a_run_on_two_nodes_that_loses_one_ends_with_the_weights_of_an_undisturbed_one(tiny_data, tmp_path):
    train_on_two_nodes(tiny_data, tmp_path / "calm", lose_one=False)
    train_on_two_nodes(tiny_data, tmp_path / "lost", lose_one=True)
    calm, lost = (tmp_path / name / "run" for name in ("calm", "lost"))
    assert epochs(calm) == epochs(lost) == [0, 1, 2, 3]
    for name in ("best.pt", "last.pt"):
        one, other = (torch.load(run / name, weights_only=True)["network"] for run in (calm, lost))
        assert all(torch.equal(one[key], other[key]) for key in one)
    for run in (calm, lost):  # shards and the copies of processes beside the first are gone
        assert not (run / "cache").exists()
        assert not list((run.parent / "scratch").rglob("*.u8"))
        assert sorted(path.name for path in run.parent.iterdir()) == ["first", "run", "scratch", "second"]


@pytest.mark.long  # trains a run, then starts two nodes that each import torch
def test_nodes_that_see_different_runs_are_refused_and_do_not_train_together(tiny_data, tmp_path):
    whole, other = tmp_path / "whole", tmp_path / "other"
    train = (*TRAIN, "--data", tiny_data.folder, "--resume-if-any", "--out")
    subprocess.run([sys.executable, *map(str, (*train, whole))], check=True, env=ENVIRONMENT)
    launch, ended = two_nodes(restarts=0), (whole / "last.pt").stat().st_ino
    with (tmp_path / "first").open("w+") as log, (tmp_path / "second").open("w+") as beside:
        first = start((*launch, "--rdzv-conf", "is_host=1"), (*train, whole), log)
        second = start((*launch, "--rdzv-conf", "is_host=0"), (*train, other), beside)
        assert 0 not in (first.wait(MOST_S), second.wait(MOST_S))
        log.seek(0)
        assert "the processes do not agree on: epochs done" in log.read()
    assert (whole / "last.pt").stat().st_ino == ended
    assert not (other / "last.pt").exists()


def two_nodes(*, restarts):
    """What torchrun is told of two nodes of one process each that find each other over a port."""
    where = ("--rdzv-backend", "c10d", "--rdzv-endpoint", f"127.0.0.1:{free_ports(1)[0]}", "--rdzv-id", "test")
    nodes = ("--nnodes", "2", "--nproc_per_node", "1", "--local-addr", "127.0.0.1")
    return (*nodes, "--max-restarts", str(restarts), *where)


def train_on_two_nodes(data, folder, *, lose_one):
    """Train on two agents; the second may be killed, with all that it started."""
    run = folder / "run"
    (folder / "scratch").mkdir(parents=True)
    launch = two_nodes(restarts=3)
    train = (*TRAIN, "--data", data.folder, "--out", run, "--memory", "64KB", "--scratch", folder / "scratch")
    with (folder / "first").open("w+") as log, (folder / "second").open("w+") as other:
        agents = [
            start((*launch, "--rdzv-conf", f"is_host={int(said is log)},join_timeout=300"), train, said)
            for said in (log, other)
        ]
        if lose_one:
            wait_for(lambda: (run / "last.pt").exists() or agents[0].poll() is not None)
            lost = agents.pop()
            for process in (*children(lost.pid), lost.pid):
                os.kill(process, signal.SIGKILL)
            lost.wait()
            agents.append(start((*launch, "--rdzv-conf", "is_host=0,join_timeout=300"), train, other))
        codes = [agent.wait(MOST_S) for agent in agents]
        log.seek(0)
        other.seek(0)
        assert codes == [0, 0], log.read() + other.read()


def start(launch, train, log):
    command = [sys.executable, "-m", "torch.distributed.run", *map(str, (*launch, *train))]
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=ENVIRONMENT)


def children(process):
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def epochs(run):
    return [json.loads(line)["epoch"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def wait_for(happened):
    end = time.monotonic() + MOST_S
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.2)
