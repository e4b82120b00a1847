"""The array job of Kubernetes reads every film once, whatever becomes of its pods."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from batching import Here, planned, read_all, results_in, write_films
from models import make_model
from pleura import __version__
from pleura.batch.sharding import Slice

DEPLOY = Path(__file__).parents[2] / "deploy"
JOB = yaml.safe_load((DEPLOY / "kubernetes" / "batch" / "job.yaml").read_text("utf-8"))
POD = JOB["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
ENVIRONMENT = {each["name"]: each["value"] for each in CONTAINER["env"]}


def test_there_are_as_many_pods_as_slices_and_each_may_be_started_again():
    spec = JOB["spec"]
    assert spec["completionMode"] == "Indexed"
    assert spec["completions"] == int(ENVIRONMENT["SLICES"]) >= spec["parallelism"]
    assert spec["backoffLimitPerIndex"] > 0
    assert POD["restartPolicy"] == "Never"
    slices = int(ENVIRONMENT["SLICES"])
    shards = [shard for index in range(slices) for shard in Slice(index + 1, slices).shards(1000)]
    assert sorted(shards) == list(range(1000))


def test_the_job_is_not_where_the_service_shuts_everybody_else_in():
    policies = yaml.safe_load_all((DEPLOY / "kubernetes" / "network.yaml").read_text("utf-8"))
    closed = [each["metadata"]["namespace"] for each in policies if each["spec"]["podSelector"] == {}]
    assert closed == ["pleura"]
    assert JOB["metadata"]["namespace"] not in closed


def test_a_pod_runs_as_nobody_on_a_read_only_root_with_a_worker_a_core():
    assert POD["securityContext"]["runAsNonRoot"]
    assert not POD["automountServiceAccountToken"]
    inner = CONTAINER["securityContext"]
    assert (inner["readOnlyRootFilesystem"], inner["allowPrivilegeEscalation"]) == (True, False)
    assert inner["capabilities"] == {"drop": ["ALL"]}
    assert CONTAINER["image"] == f"pleura-batch:{__version__}"
    assert CONTAINER["resources"]["limits"]["cpu"] == ENVIRONMENT["WORKERS"]
    assert [mount["mountPath"] for mount in CONTAINER["volumeMounts"]] == ["/tmp"]


def in_pod(folder, index, slices, films):
    """Run what the pod of an index runs, with the places of this machine."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "pleura"
    arguments = f"--model {folder / 'm.onnx'} --no-gate --no-lungs --shard-size 4"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pleura "$@" {arguments}\n')
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "JOB_COMPLETION_INDEX": str(index),
        "FILMS": str(films),
        "RESULTS": str(folder / "out"),
        "SLICES": str(slices),
        "WORKERS": "1",
    }
    done = subprocess.run([*CONTAINER["command"], *CONTAINER["args"]], env=environment, check=False, timeout=300)
    return done.returncode


@pytest.mark.long
def test_all_indexes_together_read_every_film_and_only_errors_fail_a_pod(tmp_path):
    model = make_model(tmp_path / "m.onnx").path
    films = write_films(tmp_path / "films", 14)
    assert [in_pod(tmp_path, index, 3, films) for index in range(3)] == [0, 0, 0]
    read_all(job := planned(films, tmp_path / "calm", model, size=4), Here(job))
    assert results_in(tmp_path / "out") == results_in(tmp_path / "calm")
    assert in_pod(tmp_path, 3, 3, films) == 1
    assert in_pod(tmp_path, 0, 3, tmp_path / "absent") == 1
