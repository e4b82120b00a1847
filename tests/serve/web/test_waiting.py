"""Who waits for the end of a job, or follows events, is told in time and at the cost of one look for all."""

import json
import threading
import time

import httpx
import pytest
from sqlalchemy import event

from pleura.serve.client import Client
from pleura.serve.state.changes import forget_changes, newest_change, note_change
from pleura.serve.state.job import Status
from serving_here import serving_here

LONG_S = 20.0


def film(number):
    """A file that is taken for a film at the door."""
    return b"\x89PNG\r\n\x1a\n" + str(number).encode()


@pytest.fixture(scope="module")
def here(tmp_path_factory, bright_model):
    with serving_here(tmp_path_factory.mktemp("waiting"), bright_model) as here:
        yield here


@pytest.fixture(autouse=True)
def _nothing_waits(here):
    yield
    while any(job["status"] == "waiting" for job in here.http.get("/api/v1/jobs").json()["jobs"]):
        here.end_next()


def send(here, *numbers, **query):
    files = [("files", (str(number), film(number))) for number in numbers]
    return here.http.post("/api/v1/films", files=files, params=query)


def later(action):
    thread = threading.Timer(0.3, action)
    thread.start()
    return thread


def test_the_answer_comes_with_the_end_of_all_jobs(here):
    ending = later(lambda: (here.end_next(), here.end_next()))
    begun = time.monotonic()
    answer = send(here, 1, 2, wait=LONG_S)
    ending.join()
    assert answer.status_code == 200
    assert [job["status"] for job in answer.json()["jobs"]] == ["failed", "failed"]
    assert time.monotonic() - begun < LONG_S / 2


def test_when_the_time_is_over_the_answer_is_that_the_film_was_taken_in(here):
    send(here, 3)
    here.end_next(Status.REFUSED)
    answer = send(here, 3, 4, wait=0.5)
    assert answer.status_code == 202
    assert [job["status"] for job in answer.json()["jobs"]] == ["refused", "waiting"]


def test_a_job_that_has_ended_is_not_waited_for(here):
    name = send(here, 5).json()["jobs"][0]["id"]
    with here.service.database.writing() as connection:
        connection.exec_driver_sql("UPDATE jobs SET status = 'refused' WHERE id = ?", (name,))
    begun = time.monotonic()
    assert send(here, 5, wait=LONG_S).status_code == 200
    assert time.monotonic() - begun < LONG_S / 2


@pytest.mark.parametrize("wait", [-1, 61, "nan", "soon"])
def test_the_time_to_wait_has_bounds(here, wait):
    assert send(here, 6, wait=wait).status_code == 422


def test_without_waiting_the_answer_is_what_it_was(here):
    assert send(here, 7).status_code == 202
    assert send(here, 7, wait=0).status_code == 202


def test_ten_who_wait_cost_one_look_at_a_time(here):
    looks = []
    engine = here.service.database.engine
    event.listen(engine, "before_cursor_execute", lambda *call: looks.append("FROM changes" in call[2]))

    def wait(number):
        with httpx.Client(base_url=here.address, timeout=60, trust_env=False) as http:
            assert http.post("/api/v1/films", content=film(f"ten {number}"), params={"wait": 1}).status_code == 202

    begun = time.monotonic()
    threads = [threading.Thread(target=wait, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One more for each that comes after all others have left.
    assert 0 < sum(looks) <= (time.monotonic() - begun) / 0.1 + 10


def test_the_client_waits_in_one_request(here, tmp_path):
    (tmp_path / "film.png").write_bytes(film("client"))
    ending = later(here.end_next)
    with Client(here.address, timeout_s=5) as client:
        accepted = client.send([tmp_path / "film.png"], wait_s=LONG_S)
    ending.join()
    assert [job.status for job in accepted.jobs] == [Status.FAILED]


def test_a_service_that_ends_lets_go_of_those_who_wait(tmp_path, bright_model):
    answers = []
    with serving_here(tmp_path, bright_model) as here:
        waiting = threading.Thread(target=lambda: answers.append(send(here, 8, wait=LONG_S).status_code))
        waiting.start()
        while not here.http.get("/api/v1/jobs").json()["jobs"]:
            time.sleep(0.01)
        begun = time.monotonic()
        here.server.should_exit = True
        waiting.join()
    assert answers == [202]
    assert time.monotonic() - begun < LONG_S / 2


def events(here, after, enough):
    """The names and data of events after a number, until there are enough."""
    found, name = [], ""
    headers = {"Last-Event-ID": str(after)}
    with here.http.stream("GET", "/api/v1/events", headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                found.append((name, json.loads(line[6:])))
                if enough(found):
                    return found
    raise AssertionError("the stream ended")


def test_whoever_comes_back_late_misses_nothing(here):
    with here.service.database.writing() as connection:
        begun = newest_change(connection)
        for number in range(1200):
            note_change(connection, f"{number:032x}", "deleted")
    told = events(here, begun, lambda found: len(found) == 1200)
    assert [one["id"] for _, one in told] == [f"{number:032x}" for number in range(1200)]


def test_who_has_missed_what_is_forgotten_is_told_to_begin_anew(here):
    with here.service.database.writing() as connection:
        for number in range(3):
            note_change(connection, f"{number:032x}", "deleted")
        forget_changes(connection, time.time() + 1)
        note_change(connection, "f" * 32, "deleted")
        newest = newest_change(connection)
    assert events(here, newest - 3, len)[0] == ("reset", {})
    assert events(here, newest + 1000, len)[0] == ("reset", {})
    assert events(here, newest - 1, len) == [("deleted", {"id": "f" * 32})]
    assert events(here, 0, len) == [("deleted", {"id": "f" * 32})]
