"""Jobs in the database: taken in once, claimed by one, ended once."""

import base64
import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from pleura.serve.errors import ServeError
from pleura.serve.state.accept import Arrival, NoRoom, accept
from pleura.serve.state.changes import changes_after, newest_change
from pleura.serve.state.claims import (
    MOST_CRASHES,
    Outcome,
    claim_next,
    finish,
    held,
    refused,
    release_expired,
    release_node,
    release_worker,
    renew,
)
from pleura.serve.state.database import Database, sqlite_url
from pleura.serve.state.job import Status, urgency_of
from pleura.serve.state.listing import Wanted, cancel, count_by_status, find_job, list_jobs, prior_jobs, remove
from pleura.serve.state.reviews import add_review, reviews_of
from pleura.serve.state.tables import JOBS

DONE = Outcome(Status.DONE, {"present": True, "urgency": 1.9, "side": "right", "result": "r", "files": ["a"]})


def arrivals(*numbers):
    return [Arrival(f"job{number}", f"{number:064}") for number in numbers]


def nothing(*_files):
    """No film has a file here."""


def forgotten(database, job, forget=nothing):
    with database.writing() as connection:
        return remove(connection, job, forget)


def take_in(database, *numbers, limit=100):
    return accept(database, arrivals(*numbers), "model", limit, nothing)


def status(database, number):
    with database.reading() as connection:
        return find_job(connection, f"job{number}").status


def test_a_second_migration_changes_nothing(database):
    take_in(database, 1)
    database.migrate()
    assert status(database, 1) is Status.WAITING


def test_the_same_film_again_is_the_job_that_is_there(database):
    placed = []
    first = accept(database, arrivals(1), "model", 100, placed.extend)
    assert accept(database, [Arrival("other", f"{1:064}")], "model", 100, placed.extend) == first
    assert placed == [f"{1:064}"]
    other_model = accept(database, [Arrival("third", f"{1:064}")], "another model", 100, placed.extend)
    assert other_model[0].id == "third"


def test_a_film_twice_in_one_request_is_one_job(database):
    twice = accept(database, [Arrival("a", "f" * 64), Arrival("b", "f" * 64)], "model", 100, nothing)
    assert [job.id for job in twice] == ["a", "a"]


def test_a_film_that_cannot_be_placed_is_not_accepted(database):
    def full(_sha256):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        accept(database, arrivals(1), "model", 100, full)
    with database.reading() as connection:
        assert sum(count_by_status(connection).values()) == 0


def test_a_film_goes_with_the_last_job_that_needs_it(database):
    accept(database, [Arrival("a", "f" * 64)], "model", 100, nothing)
    accept(database, [Arrival("b", "f" * 64)], "another model", 100, nothing)
    dropped = []
    for job in ("a", "b"):
        assert cancel(database, job)
        assert forgotten(database, job, lambda *files: dropped.append(files))
    assert dropped == [("a", None), ("b", "f" * 64)]


def test_a_job_whose_files_cannot_be_deleted_is_not_forgotten(database):
    take_in(database, 1)
    cancel(database, "job1")

    def stuck(_job, _sha256):
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input"):
        forgotten(database, "job1", stuck)
    assert status(database, 1) is Status.CANCELLED


@pytest.mark.parametrize("ending", ["failed", "cancelled", "film gone"])
def test_a_film_that_is_sent_again_is_read_again_where_it_could_not_be_or_is_gone(database, ending):
    take_in(database, 1)
    if ending == "cancelled":
        cancel(database, "job1")
    else:
        outcome = DONE if ending == "film gone" else refused(Status.FAILED, "x", "y", "z")
        finish(database, claim_next(database, "a:1", 60), outcome)
    if ending == "film gone":
        with database.writing() as connection:
            connection.execute(update(JOBS).values(film_kept=False))
    placed = []
    (job,) = accept(database, [Arrival("other", f"{1:064}")], "model", 100, placed.extend)
    assert (job.id, job.status, job.film_kept) == ("job1", Status.WAITING, True)
    assert (job.finished, job.refusal, job.result, job.files) == (None, None, None, ())
    assert placed == [f"{1:064}"]


def test_all_are_accepted_or_none(database):
    with pytest.raises(NoRoom):
        take_in(database, 1, 2, 3, limit=2)
    with database.reading() as connection:
        assert sum(count_by_status(connection).values()) == 0
    assert len(take_in(database, 1, 2, limit=2)) == 2
    assert len(take_in(database, 1, 2, limit=2)) == 2, "films that are known need no room"


def test_parallel_arrivals_never_pass_the_limit(database):
    accepted = []

    def send(number):
        try:
            accepted.extend(take_in(database, number, limit=3))
        except NoRoom:
            accepted.append(None)

    together([lambda number=number: send(number) for number in range(8)])
    assert sum(job is not None for job in accepted) == 3


def test_parallel_workers_never_share_a_film(database):
    take_in(database, *range(8))
    claims = []
    together([lambda worker=worker: claims.append(claim_next(database, f"n:{worker}", 60)) for worker in range(8)])
    taken = [claim.job for claim in claims if claim is not None]
    assert sorted(taken) == [f"job{number}" for number in range(8)]
    assert claim_next(database, "n:9", 60) is None


def test_only_the_claim_that_holds_ends_a_film(database):
    take_in(database, 1)
    lost = claim_next(database, "n:1", 60)
    release_worker(database, "n:1")
    holding = claim_next(database, "n:2", 60)
    assert not finish(database, lost, DONE)
    assert finish(database, holding, DONE)
    assert not finish(database, holding, refused(Status.FAILED, "x", "y", "z"))
    assert status(database, 1) is Status.DONE


def test_a_film_that_kills_its_workers_fails_alone_and_waits_for_all_others(database):
    take_in(database, 1, 2)
    assert claim_next(database, "n:1", 60).job == "job1"
    release_worker(database, "n:1")
    assert claim_next(database, "n:2", 60).job == "job2"
    for crash in range(1, MOST_CRASHES):
        assert claim_next(database, f"n:{crash + 2}", 60).job == "job1"
        release_worker(database, f"n:{crash + 2}")
    with database.reading() as connection:
        job = find_job(connection, "job1")
    assert job.status is Status.FAILED
    assert job.refusal["code"] == "worker_died"
    assert status(database, 2) is Status.RUNNING


def test_a_restart_puts_back_its_own_films_only(database):
    take_in(database, 1, 2)
    claim_next(database, "a:1", 60)
    claim_next(database, "ab:1", 60)
    assert release_node(database, "a") == 1
    assert [status(database, number) for number in (1, 2)] == [Status.WAITING, Status.RUNNING]


def test_a_lease_holds_as_long_as_it_is_renewed(database):
    take_in(database, 1, 2)
    claim_next(database, "a:1", -1)
    claim_next(database, "b:1", -1)
    renew(database, ["a:1"], 60)
    assert release_expired(database) == 1
    assert [status(database, number) for number in (1, 2)] == [Status.RUNNING, Status.WAITING]


def test_who_is_at_which_film_is_told(database):
    take_in(database, 1)
    claim = claim_next(database, "a:1", 60)
    assert held(database, ["a:1", "a:2"]) == {"a:1": claim}
    assert held(database, ["b:1"]) == {}
    finish(database, claim, DONE)
    assert held(database, ["a:1"]) == {}


def test_only_a_waiting_job_is_cancelled_and_only_an_ended_one_removed(database):
    take_in(database, 1, 2)
    claim_next(database, "a:1", 60)
    assert not cancel(database, "job1")
    assert not forgotten(database, "job1")
    assert not forgotten(database, "job2")
    assert cancel(database, "job2")
    assert claim_next(database, "a:2", 60) is None
    assert take_in(database, 2)[0].status is Status.WAITING, "a cancelled film that is sent again waits again"
    assert cancel(database, "job2")
    assert forgotten(database, "job2")
    with database.reading() as connection:
        assert find_job(connection, "job2") is None


def test_reviews_count_up_and_go_with_their_job(database):
    take_in(database, 1)
    finish(database, claim_next(database, "a:1", 60), DONE)
    assert [add_review(database, "job1", "accepted", "Reader", None).version for _ in range(2)] == [1, 2]
    with database.reading() as connection:
        assert [review.version for review in reviews_of(connection, ["job1"])["job1"]] == [1, 2]
    assert forgotten(database, "job1")
    assert add_review(database, "job1", "accepted", "Reader", None) is None
    with database.reading() as connection:
        assert reviews_of(connection, ["job1"]) == {"job1": []}


def test_changes_come_in_order_and_miss_nothing(database):
    take_in(database, 1, 2)
    finish(database, claim_next(database, "a:1", 60), DONE)
    forgotten(database, "job1")
    with database.reading() as connection:
        changes = changes_after(connection, 0)
        assert [change.number for change in changes] == sorted(change.number for change in changes)
        assert newest_change(connection) == changes[-1].number
    assert [(change.job, change.kind) for change in changes[-3:]] == [
        ("job1", "job"),
        ("job1", "job"),
        ("job1", "deleted"),
    ]


def test_priors_are_earlier_films_of_the_same_patient(database):
    take_in(database, 1)
    take_in(database, 2)
    take_in(database, 3)
    for patient in ("p", "q", "p"):
        finish(database, claim_next(database, "a:1", 60), Outcome(Status.DONE, {"patient": patient, "urgency": 0.1}))
    with database.reading() as connection:
        newest = find_job(connection, "job3")
        assert [job.id for job in prior_jobs(connection, newest)] == ["job1"]


def test_an_archive_that_is_sent_later_holds_priors_all_the_same(database):
    days = ("2024-03-05", "2024-01-01", None, "2024-03-05", "2024-02-01")
    for number, day in enumerate(days, start=1):
        take_in(database, number)
        values = {"patient": "p", "urgency": 0.1, "film": {"acquired": day}}
        finish(database, claim_next(database, "a:1", 60), Outcome(Status.DONE, values))

    def priors(number):
        with database.reading() as connection:
            return [job.id for job in prior_jobs(connection, find_job(connection, f"job{number}"))]

    assert priors(1) == ["job5", "job2"]
    assert priors(2) == []
    # Of the one that does not tell its day only the order of arrival is known.
    assert priors(3) == ["job1", "job2"]
    assert priors(4) == ["job1", "job5", "job2", "job3"]


@pytest.mark.parametrize("order", ["urgency", "newest"])
def test_pages_show_every_job_once_in_order(database, order):
    take_in(database, *range(7))
    for number in range(4):
        outcome = Outcome(Status.DONE, {"present": number % 2 == 0, "urgency": urgency_of(number % 2 == 0, 0.5, 0.1)})
        finish(database, claim_next(database, "a:1", 60), outcome)
    seen, after = [], None
    with database.reading() as connection:
        while True:
            page = list_jobs(connection, Wanted(order=order, limit=3, after=after))
            seen += page.jobs
            after = page.next
            if after is None:
                break
        present = list_jobs(connection, Wanted(present=True, status=Status.DONE))
    assert sorted(job.id for job in seen) == [f"job{number}" for number in range(7)]
    assert {job.id for job in present.jobs} == {"job0", "job2"}
    if order == "urgency":
        assert [job.status for job in seen] == [Status.DONE] * 2 + [Status.WAITING] * 3 + [Status.DONE] * 2
    else:
        assert [job.id for job in seen] == [f"job{number}" for number in reversed(range(7))]


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    """One database for all examples of a property."""
    database = Database(sqlite_url(tmp_path_factory.mktemp("db") / "x.sqlite"))
    database.migrate()
    yield database
    database.close()


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_no_foreign_cursor_is_more_than_an_error(sqlite, text):
    with sqlite.reading() as connection, pytest.raises(ServeError, match="cursor"):
        list_jobs(connection, Wanted(after=text))


@pytest.mark.parametrize(
    "place",
    [
        ["newest", 1.0, "a\0b"],
        ["newest", 1.0, "\ud800"],
        ["newest", 1.0, ""],
        ["newest", float("nan"), "a"],
        ["newest", float("inf"), "a"],
        ["newest", 1, "a"],
        ["urgency", 1.0, 1.0, "a"],
        [],
        {},
        None,
    ],
)
def test_no_forged_cursor_reaches_the_database(database, place):
    forged = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    with database.reading() as connection, pytest.raises(ServeError, match="cursor"):
        list_jobs(connection, Wanted(after=forged))


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "../x", "é" * 9])
def test_what_is_no_id_names_no_job(database, name):
    with database.reading() as connection:
        assert find_job(connection, name) is None


@settings(max_examples=20, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 9), st.floats(0, 2)), max_size=12), order=st.integers(0, 1))
def test_jobs_that_do_not_change_are_shown_once_while_others_do(sqlite, changes, order):
    take_in(sqlite, *range(20))
    seen, after = [], None
    while True:
        with sqlite.reading() as connection:
            page = list_jobs(connection, Wanted(order=("urgency", "newest")[order], limit=3, after=after))
        seen += [job.id for job in page.jobs]
        after = page.next
        if after is None:
            break
        if changes:
            number, urgency = changes.pop()
            with sqlite.writing() as connection:
                connection.execute(update(JOBS).where(JOBS.c.id == f"job{number}").values(urgency=urgency))
    assert all(seen.count(f"job{number}") == 1 for number in range(10, 20))


def together(calls):
    """Run them in threads, as near to at once as it goes."""
    start = threading.Barrier(len(calls))

    def run(call):
        start.wait()
        call()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
