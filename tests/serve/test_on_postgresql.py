"""The whole service on PostgreSQL: films in and findings out, over kills of the service and of the database."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import httpx
import pytest

from films import square_pixels
from pleura.serve.errors import ServeConfigError
from pleura.serve.state.alone import Alone
from pleura.serve.state.audit import verify
from pleura.serve.state.database import Database
from postgres import postgres
from serving import Serving, until

pytestmark = pytest.mark.long


@pytest.fixture
def cluster():
    with postgres() as running:
        yield running


@pytest.fixture
def serving(tmp_path, bright_model, cluster, monkeypatch):
    monkeypatch.setenv("PLEURA_TEST_DATABASE", cluster.url)
    serving = Serving(tmp_path, bright_model, 'database_env = "PLEURA_TEST_DATABASE"\n')
    yield serving.start()
    serving.stop()


def picture(seed, side=512):
    pixels = (square_pixels((side, side), (8 + seed, 16), 100) * 255).round().astype("uint8")
    return cv2.imencode(".png", pixels)[1].tobytes()


def test_a_film_sent_becomes_a_finding_and_is_deleted(serving):
    name = serving.take(picture(0))
    job = serving.ended(name)
    assert job["status"] == "done"
    assert serving.http.get(job["links"]["overlay"]).status_code == 200
    assert [one["id"] for one in serving.http.get("/api/v1/jobs?order=urgency").json()["jobs"]] == [name]
    for odd in ("%00", "a%00b", "x" * 5000, "%F0%9F"):
        assert serving.http.get(f"/api/v1/jobs/{odd}").status_code == 404
    assert serving.http.delete(f"/api/v1/jobs/{name}").status_code == 204
    assert not list((serving.data / "films").iterdir())
    assert not list((serving.data / "results").iterdir())


def test_after_kill_9_of_the_service_every_accepted_film_ends_once(serving, cluster):
    names = []
    for round_ in range(3):
        names += [serving.take(picture(10 * round_ + seed, 1200)) for seed in range(4)]
        if round_ < 2:
            serving.kill()
            serving.start(ready=round_ > 0)
    assert {serving.ended(name)["status"] for name in names} == {"done"}
    database = Database(cluster.url)
    assert verify(database).broken_at is None
    database.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_restart_of_the_database_loses_and_doubles_nothing(serving, cluster, how):
    accepted, said = {}, set()

    def send(seed):
        while True:
            try:
                answer = serving.send(picture(seed, 900))
            except httpx.TransportError:
                continue
            said.add(answer.status_code)
            if answer.status_code == 202:
                accepted[seed] = answer.json()["jobs"][0]["id"]
                return
            time.sleep(0.2)

    with ThreadPoolExecutor(4) as senders:
        sending = [senders.submit(send, seed) for seed in range(24)]
        for _ in range(2):
            time.sleep(2)
            cluster.stop(how)
            assert serving.http.get("/readyz").status_code == 503
            time.sleep(3)
            cluster.start()
        for one in sending:
            one.result(240)
    assert said <= {202, 503}
    ends = {seed: serving.ended(name) for seed, name in accepted.items()}
    assert {job["status"] for job in ends.values()} == {"done"}
    assert len({job["id"] for job in ends.values()}) == 24
    until(lambda: serving.http.get("/readyz").status_code == 200, 60)
    database = Database(cluster.url)
    assert verify(database).broken_at is None
    # The lock went with the old connection; by now it is the service's again.
    with pytest.raises(ServeConfigError, match="another service"):
        Alone(database).take()
    database.close()
    assert serving.stop() == 0


def test_a_service_that_lost_its_database_to_another_ends(serving, cluster):
    other = Database(cluster.url)
    lock = Alone(other)
    os.kill(serving.process.pid, signal.SIGSTOP)
    cluster.stop()
    cluster.start()
    lock.take()
    os.kill(serving.process.pid, signal.SIGCONT)
    assert serving.process.wait(180) == 0
    assert "another service has taken the database" in serving.log.read_text()
    serving.http.close()
    lock.release()
    other.close()
