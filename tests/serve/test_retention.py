"""Films and results are kept as long as configured, and not longer."""

import secrets
import time

import pytest

from pleura.serve.config import Retention
from pleura.serve.folder import DataFolder
from pleura.serve.retention import Keeper
from pleura.serve.state.accept import Arrival, accept
from pleura.serve.state.changes import newest_change, oldest_change
from pleura.serve.state.claims import Outcome, claim_next, finish
from pleura.serve.state.job import Status
from pleura.serve.state.listing import find_job

HOUR = 3600.0
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


def test_without_limits_everything_stays_but_old_changes(database, folder):
    job = add(database, folder, "a" * 64)
    look(database, folder, 1000)
    assert find(database, job).film_kept
    with database.reading() as connection:
        assert oldest_change(connection) is None
        assert newest_change(connection) > 0
