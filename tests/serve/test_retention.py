"""Films and results are kept as long as configured, and not longer."""

import os
import secrets
import threading
import time

import pytest
from sqlalchemy import select, update

from pleura.serve.config import Retention
from pleura.serve.folder import DataFolder
from pleura.serve.leftovers import sweep
from pleura.serve.retention import Keeper
from pleura.serve.state.accept import Arrival, accept
from pleura.serve.state.audit import verify
from pleura.serve.state.changes import newest_change, oldest_change
from pleura.serve.state.claims import Outcome, claim_next, finish
from pleura.serve.state.job import Status
from pleura.serve.state.listing import find_job, remove
from pleura.serve.state.tables import AUDIT, JOBS

HOUR = 3600.0
SHA = "a" * 64
DONE = Outcome(Status.DONE, {"urgency": 0.1, "result": "claim", "files": ["mask.png"]})
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def folder(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


def add(database, folder, sha256, settings="model", *, end=True):
    """A job with a film, a result and a picture on disk; gives its id."""
    job = accept(database, [Arrival(secrets.token_hex(16), sha256)], settings, 10, lambda name: None)[0].id
    folder.film(sha256).write_bytes(b"film")
    if end:
        assert finish(database, claim_next(database, "n:1", 60), DONE)
        (folder.result(job, "claim")).mkdir(parents=True)
        (folder.result(job, "claim") / "mask.png").write_bytes(b"mask")
        folder.picture(job).write_bytes(b"picture")
    return job


def look(database, folder, hours, **kept):
    Keeper(database, folder, Retention(**kept)).look(time.time() + hours * HOUR)


def find(database, job):
    with database.reading() as connection:
        return find_job(connection, job)


def test_a_film_goes_after_its_time_and_the_result_stays(database, folder):
    job = add(database, folder, "a" * 64)
    look(database, folder, 1, films_h=2)
    assert folder.film("a" * 64).exists()
    look(database, folder, 3, films_h=2)
    assert not folder.film("a" * 64).exists()
    assert not folder.picture(job).exists()
    assert not find(database, job).film_kept
    assert (folder.result(job, "claim") / "mask.png").exists()


def test_a_result_goes_after_its_time_with_everything(database, folder):
    job = add(database, folder, "a" * 64)
    look(database, folder, 3, results_h=2)
    assert find(database, job) is None
    assert not (folder.results / job).exists()
    assert not folder.film("a" * 64).exists()


def test_a_film_that_another_job_needs_stays(database, folder):
    add(database, folder, "a" * 64)
    add(database, folder, "a" * 64, "another model", end=False)
    look(database, folder, 3, films_h=1, results_h=1)
    assert folder.film("a" * 64).exists()


def test_what_has_not_ended_stays(database, folder):
    job = add(database, folder, "a" * 64, end=False)
    look(database, folder, 1000, films_h=1, results_h=1)
    assert find(database, job).status is Status.WAITING
    assert folder.film("a" * 64).exists()


def test_no_film_outlives_its_jobs_though_one_had_let_it_go(database, folder):
    first = add(database, folder, SHA)
    look(database, folder, 3, films_h=2)
    second = add(database, folder, SHA, "another model")
    with database.writing() as connection:
        assert remove(connection, second, folder.forget)
    assert not folder.film(SHA).exists()
    assert find(database, first) is not None


def test_the_audit_log_says_what_was_deleted(database, folder):
    job = add(database, folder, SHA)
    look(database, folder, 3, films_h=2, results_h=2.5)
    with database.reading() as connection:
        rows = connection.execute(select(AUDIT.c.who, AUDIT.c.what, AUDIT.c.about)).all()
    assert [tuple(row) for row in rows] == [("retention", "delete job", job)]
    assert verify(database).broken_at is None


def test_nothing_of_a_deleted_job_stays_in_the_files_of_the_database(database, folder, tmp_path):
    add(database, folder, SHA)
    with database.writing() as connection:
        connection.execute(update(JOBS).values(patient="a-pseudonym", finding={"sentence": "a canary"}))
    kept = [path for path in tmp_path.glob("pleura.sqlite*") if b"a canary" in path.read_bytes()]
    assert kept
    look(database, folder, 30, results_h=2)
    for path in tmp_path.glob("pleura.sqlite*"):
        assert b"canary" not in path.read_bytes()
        assert b"a-pseudonym" not in path.read_bytes()


def test_what_a_crash_left_is_swept_and_what_is_needed_stays(database, folder):
    job = add(database, folder, SHA)
    waiting = add(database, folder, "b" * 64, end=False)
    claim = claim_next(database, "n:1", 60)
    left = [folder.result(job, "lost claim"), folder.result("gone job", "claim"), folder.result(waiting, "earlier")]
    kept = [folder.result(waiting, claim.token), folder.reviews(job), folder.result(job, "claim")]
    for path in (*left, *kept):
        path.mkdir(parents=True, exist_ok=True)
        (path / "sr.dcm").write_bytes(b"x")
    folder.film("c" * 64).write_bytes(b"a film whose job was never committed")
    young, old = folder.results / job / ".young.part", folder.results / job / ".old.part"
    for path in (young, old):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    sweep(database, folder)
    assert not any(path.exists() for path in (*left, left[1].parent, folder.film("c" * 64), old))
    assert all(path.exists() for path in (*kept, young, folder.picture(job), folder.film(SHA), folder.film("b" * 64)))


def test_a_picture_that_was_made_while_its_film_went_is_swept(database, folder):
    job = add(database, folder, SHA)
    look(database, folder, 3, films_h=2)
    folder.picture(job).write_bytes(b"picture")
    sweep(database, folder)
    assert not folder.picture(job).exists()


def test_films_that_come_while_it_sweeps_are_never_swept(database, folder):
    stop = threading.Event()

    def sweeping():
        while not stop.is_set():
            sweep(database, folder)

    thread = threading.Thread(target=sweeping)
    thread.start()
    try:
        for number in range(40):
            sha256 = f"{number:064}"
            incoming = folder.new_incoming()
            incoming.write_bytes(b"film")
            arrival = Arrival(secrets.token_hex(16), sha256)
            accept(database, [arrival], "m", 100, lambda _, path=incoming, name=sha256: folder.keep({name: path}))
            assert folder.film(sha256).exists()
    finally:
        stop.set()
        thread.join(60)
    assert all(folder.film(f"{number:064}").exists() for number in range(40))


def test_without_limits_everything_stays_but_old_changes(database, folder):
    job = add(database, folder, "a" * 64)
    look(database, folder, 1000)
    assert find(database, job).film_kept
    with database.reading() as connection:
        assert oldest_change(connection) is None
        assert newest_change(connection) > 0
