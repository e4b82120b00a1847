"""Real worker processes: they read films, and are killed and stopped at the worst moment."""

import hashlib
import os
import secrets
import signal
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest
from sqlalchemy import update

from films import square_pixels
from models import make_model
from pleura.core.files import sha256_of
from pleura.serve.folder import DataFolder
from pleura.serve.state.accept import Arrival, accept
from pleura.serve.state.alone import Alone
from pleura.serve.state.database import Database, sqlite_url
from pleura.serve.state.job import Status
from pleura.serve.state.listing import find_job
from pleura.serve.state.tables import JOBS
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
def supervised(database, database_url, folder, model, *, deadline_s=60.0, sha256=None):
    plan = WorkerPlan(folder.root, database_url, model, sha256 or sha256_of(model), False, 1, 60.0)
    lost, alone = [], Alone(database)
    alone.take()
    times = Pace(deadline_s, 60.0, 20.0)
    supervisor = Supervisor(database, alone, folder.node, plan, 1, times, lambda: lost.append(True))
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        alone.release()
    assert not lost


@dataclass(frozen=True)
class Warm:
    """One supervised worker on SQLite, for all tests that leave it as it is."""

    database: Database
    folder: DataFolder
    supervisor: Supervisor


@pytest.fixture(scope="module")
def warm(tmp_path_factory, model):
    folder = DataFolder(tmp_path_factory.mktemp("warm") / "data")
    folder.prepare()
    database = Database(sqlite_url(folder.database))
    database.migrate()
    with supervised(database, sqlite_url(folder.database), folder, model) as supervisor:
        until(lambda: supervisor.ready)
        yield Warm(database, folder, supervisor)
        assert supervisor.restarts == 0
    database.close()


@contextmanager
def held(database):
    """No worker can tell how far it has come: whoever is at a film stays at it until the block ends (on SQLite)."""
    with database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER held BEFORE UPDATE OF progress ON jobs WHEN NEW.progress BETWEEN 0.1 AND 0.9"
            " BEGIN SELECT RAISE(ABORT, 'held'); END"
        )
    try:
        yield
    finally:
        with database.writing() as connection:
            connection.exec_driver_sql("DROP TRIGGER held")


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


def test_films_are_read_and_a_refused_one_costs_itself_only(warm):
    sound, broken = send(warm.database, warm.folder), send(warm.database, warm.folder, content=b"\x89PNG\r\n\x1a\n .")
    done, refused = ended(warm.database, sound), ended(warm.database, broken)
    assert done.status is Status.DONE
    assert done.finding["present"]
    assert done.film["rows"] == 256
    assert all((warm.folder.result(sound, done.result) / name).is_file() for name in done.files)
    assert {"mask.png", "overlay.png", "finding.json", "thumbnail.png", "probability.png"} <= set(done.files)
    assert (refused.status, refused.refusal["code"]) == (Status.REFUSED, "decode")


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
def test_a_killed_worker_costs_no_film(database, database_url, folder, model):
    names = [send(database, folder, seed, side=1500) for seed in range(6)]
    with supervised(database, database_url, folder, model) as supervisor:
        for kills in range(2):
            until(lambda: any(job(database, name).status is Status.RUNNING for name in names))
            kill_all(supervisor)
            until(lambda kills=kills: supervisor.restarts > kills)
        results = [ended(database, name) for name in names]
    assert {found.status for found in results} == {Status.DONE}


@ON_SQLITE
def test_a_film_over_which_workers_die_fails_alone(database, database_url, folder, model):
    with supervised(database, database_url, folder, model) as supervisor:
        until(lambda: supervisor.ready)
        poison = send(database, folder)

        def kill():
            found = job(database, poison)
            if found.status is Status.RUNNING:
                kill_all(supervisor)
            return found.finished is not None

        with held(database):
            until(kill)
        sound = send(database, folder, seed=1)
        assert ended(database, sound).status is Status.DONE
    failed = job(database, poison)
    assert (failed.status, failed.refusal["code"], failed.crashes) == (Status.FAILED, "worker_died", 3)


@ON_SQLITE
def test_a_worker_that_hangs_is_ended_at_the_deadline_and_only_its_film_fails(database, database_url, folder, model):
    with supervised(database, database_url, folder, model, deadline_s=8.0) as supervisor:
        until(lambda: supervisor.ready)
        with held(database):
            hung = send(database, folder)
            until(lambda: job(database, hung).status is Status.RUNNING)
            stop(supervisor, database)
        sound = send(database, folder, seed=1)
        assert ended(database, hung).refusal["code"] == "deadline"
        assert ended(database, sound).status is Status.DONE


@ON_SQLITE
def test_a_stop_ends_the_film_at_work_and_leaves_the_others_waiting(database, database_url, folder, model):
    names = [send(database, folder, seed) for seed in range(4)]
    with held(database), supervised(database, database_url, folder, model) as supervisor:
        until(lambda: any(job(database, name).status is Status.RUNNING for name in names))
        pids = supervisor.pids
    assert sorted(job(database, name).status for name in names) == [Status.DONE, *[Status.WAITING] * 3]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


@ON_SQLITE
def test_a_model_that_cannot_be_opened_is_no_busy_loop(database, database_url, folder, tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    with supervised(database, database_url, folder, tmp_path / "broken.onnx") as supervisor:
        until(lambda: supervisor.restarts >= 1)
        assert supervisor.ready == 0
    assert supervisor.restarts <= 3


@ON_SQLITE
def test_a_model_that_was_changed_under_the_service_reads_nothing(database, database_url, folder, model):
    with supervised(database, database_url, folder, model, sha256="0" * 64) as supervisor:
        until(lambda: supervisor.restarts >= 1)
        assert supervisor.ready == 0


def stop(supervisor, database):
    """Stop the one worker, but never while it keeps all others from writing."""
    (pid,) = supervisor.pids
    with database.writing():
        os.kill(pid, signal.SIGSTOP)
        until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")


@contextmanager
def standing_still(warm):
    """A worker that does nothing and listens to nobody for a while."""
    stop(warm.supervisor, warm.database)
    try:
        yield
    finally:
        os.kill(warm.supervisor.pids[0], signal.SIGCONT)


def test_nobody_waits_for_a_worker_that_does_not_listen(warm):
    with standing_still(warm):
        calling = threading.Thread(target=lambda: [warm.supervisor.wake() for _ in range(5000)], daemon=True)
        calling.start()
        calling.join(60)
        assert not calling.is_alive()
    assert ended(warm.database, send(warm.database, warm.folder, seed=1)).status is Status.DONE


@pytest.mark.parametrize("jump_s", [-1e6, 1e6])
def test_a_clock_that_is_set_costs_no_film(warm, jump_s):
    with held(warm.database):
        name = send(warm.database, warm.folder, seed=2 + (jump_s > 0))
        until(lambda: job(warm.database, name).status is Status.RUNNING)
        with standing_still(warm):
            # To the service this is the same as a clock that was set meanwhile.
            with warm.database.writing() as connection:
                running = update(JOBS).where(JOBS.c.status == Status.RUNNING)
                moved = {"started": time.time() - jump_s, "lease_until": time.time() + 60 - jump_s}
                assert connection.execute(running.values(**moved)).rowcount == 1
            time.sleep(1.5)
    assert ended(warm.database, name).status is Status.DONE


def test_a_film_whose_file_is_gone_fails_and_is_read_when_it_comes_again(warm):
    with standing_still(warm):
        name = send(warm.database, warm.folder, seed=4)
        warm.folder.forget_film(job(warm.database, name).film_sha256)
    failed = ended(warm.database, name)
    assert (failed.status, failed.refusal["code"]) == (Status.FAILED, "unreadable")
    assert send(warm.database, warm.folder, seed=4) == name
    assert ended(warm.database, name).status is Status.DONE
