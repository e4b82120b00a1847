"""Real worker processes: they read films, and are killed and stopped at the worst moment."""

import hashlib
import os
import secrets
import signal
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import pytest

from films import square_pixels
from models import make_model
from pleura.serve.folder import DataFolder
from pleura.serve.state.accept import Arrival, accept
from pleura.serve.state.job import Status
from pleura.serve.state.listing import find_job
from pleura.serve.work.supervisor import Pace, Supervisor
from pleura.serve.work.worker import WorkerPlan

WAIT_S = 240
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.onnx"
    make_model(path)
    return path


@pytest.fixture
def folder(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


@contextmanager
def supervised(database, database_url, folder, model, *, deadline_s=60.0):
    plan = WorkerPlan(folder.root, database_url, model, False, 1, 60.0)
    supervisor = Supervisor(database, folder.node, plan, 1, Pace(deadline_s, 60.0, 20.0))
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def kill_all(supervisor):
    for pid in supervisor.pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def send(database, folder, seed=0, side=256, content=None):
    """Take in a film whose square lies elsewhere for every seed."""
    if content is None:
        picture = (square_pixels((side, side), (8 + seed, 16), side // 3) * 255).round().astype("uint8")
        content = cv2.imencode(".png", picture)[1].tobytes()
    incoming = folder.new_incoming()
    incoming.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    arrival = Arrival(secrets.token_hex(16), sha256)
    return accept(database, [arrival], "model", 100, lambda _: folder.keep({sha256: incoming}))[0].id


def job(database, name):
    with database.reading() as connection:
        return find_job(connection, name)


def until(condition):
    end = time.monotonic() + WAIT_S
    while not (found := condition()):
        assert time.monotonic() < end, "it does not come to that"
        time.sleep(0.005)
    return found


def ended(database, name):
    return until(lambda: (found := job(database, name)).finished is not None and found)


@ON_SQLITE
def test_films_are_read_and_a_refused_one_costs_itself_only(database, database_url, folder, model):
    sound, broken = send(database, folder), send(database, folder, content=b"\x89PNG\r\n\x1a\n and no more")
    with supervised(database, database_url, folder, model) as supervisor:
        done, refused = ended(database, sound), ended(database, broken)
        assert supervisor.restarts == 0
    assert done.status is Status.DONE
    assert done.finding["present"]
    assert done.film["rows"] == 256
    assert all((folder.result(sound, done.result) / name).is_file() for name in done.files)
    assert {"mask.png", "overlay.png", "finding.json", "thumbnail.png", "probability.png"} == set(done.files)
    assert (refused.status, refused.refusal["code"]) == (Status.REFUSED, "decode")


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
def test_a_killed_worker_costs_no_film(database, database_url, folder, model):
    names = [send(database, folder, seed, side=1500) for seed in range(6)]
    with supervised(database, database_url, folder, model) as supervisor:
        for name in names[:2]:
            until(lambda name=name: job(database, name).status is Status.RUNNING)
            kill_all(supervisor)
        results = [ended(database, name) for name in names]
        assert supervisor.restarts >= 1
    assert {found.status for found in results} == {Status.DONE}


@ON_SQLITE
def test_a_film_over_which_workers_die_fails_alone(database, database_url, folder, model):
    with supervised(database, database_url, folder, model) as supervisor:
        until(lambda: supervisor.ready)
        poison = send(database, folder, side=1500)

        def kill():
            found = job(database, poison)
            if found.status is Status.RUNNING:
                kill_all(supervisor)
            return found.finished is not None

        until(kill)
        sound = send(database, folder, seed=1)
        assert ended(database, sound).status is Status.DONE
    failed = job(database, poison)
    assert (failed.status, failed.refusal["code"], failed.crashes) == (Status.FAILED, "worker_died", 3)


@ON_SQLITE
def test_a_worker_that_hangs_is_ended_at_the_deadline_and_only_its_film_fails(database, database_url, folder, model):
    with supervised(database, database_url, folder, model, deadline_s=8.0) as supervisor:
        until(lambda: supervisor.ready)
        hung = send(database, folder, side=1500)
        until(lambda: job(database, hung).status is Status.RUNNING)
        os.kill(supervisor.pids[0], signal.SIGSTOP)
        sound = send(database, folder, seed=1)
        assert ended(database, hung).refusal["code"] == "deadline"
        assert ended(database, sound).status is Status.DONE


@ON_SQLITE
def test_a_stop_ends_the_film_at_work_and_leaves_the_others_waiting(database, database_url, folder, model):
    names = [send(database, folder, seed, side=1500) for seed in range(12)]
    with supervised(database, database_url, folder, model) as supervisor:
        until(lambda: any(job(database, name).status is Status.RUNNING for name in names))
        pids = supervisor.pids
    statuses = [job(database, name).status for name in names]
    assert Status.RUNNING not in statuses
    assert Status.WAITING in statuses
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


@ON_SQLITE
def test_a_model_that_cannot_be_opened_is_no_busy_loop(database, database_url, folder, tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    with supervised(database, database_url, folder, tmp_path / "broken.onnx") as supervisor:
        until(lambda: supervisor.restarts >= 1)
        assert supervisor.ready == 0
    assert supervisor.restarts <= 3
