"""The service is killed at any moment: what was accepted ends once, what was not leaves nothing."""

import os
import signal
import time
from contextlib import suppress

import cv2
import pytest

from films import square_pixels
from models import make_model
from pleura.serve.errors import ServeConfigError
from pleura.serve.folder import DataFolder
from serving import Serving, until


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.onnx"
    make_model(path)
    return path


def picture(seed, side=512):
    pixels = (square_pixels((side, side), (8 + seed, 16), 100) * 255).round().astype("uint8")
    return cv2.imencode(".png", pixels)[1].tobytes()


def test_after_kill_9_of_the_service_every_accepted_film_ends_once(tmp_path, model):
    serving = Serving(tmp_path, model)
    accepted = {}
    films = [picture(seed, 1500) for seed in range(11)] + [b"\x89PNG\r\n\x1a\n broken"]
    for round_, part in enumerate((films[:4], films[4:8], films[8:])):
        # The first kill comes before any worker is warm, the second while films are read.
        serving.start(ready=round_ > 0)
        accepted |= {serving.take(film): film for film in part}
        if round_ == 1:
            # A quick machine may have read one before it is asked.
            until(lambda names=tuple(accepted): any(serving.job(name)["status"] != "waiting" for name in names))
        if round_ < 2:
            workers = serving.worker_pids()
            serving.kill()
            until(lambda workers=workers: not any(alive(pid) for pid in workers), 60)
    ends = {name: serving.ended(name) for name in accepted}
    assert len(accepted) == len(films)
    assert [job["status"] for job in ends.values()] == ["done"] * 11 + ["refused"]
    assert not list((serving.data / "incoming").iterdir())
    for name, job in ends.items():
        assert serving.take(accepted[name]) == name, "what was sent again is the same job"
        if job["status"] == "done":
            assert serving.http.get(job["links"]["overlay"]).status_code == 200
    assert serving.stop() == 0


@pytest.mark.long
def test_sigterm_ends_the_service_and_its_workers_and_loses_nothing(tmp_path, model):
    serving = Serving(tmp_path, model).start()
    names = [serving.take(picture(seed)) for seed in range(6)]
    workers = serving.worker_pids()
    assert workers
    assert serving.stop() == 0
    assert not any(alive(pid) for pid in workers)
    serving.start(ready=False)
    assert {serving.ended(name)["status"] for name in names} == {"done"}
    serving.stop()


def test_a_second_service_on_the_same_folder_is_refused(tmp_path):
    folder = DataFolder(tmp_path)
    folder.prepare()
    with folder.locked(), pytest.raises(ServeConfigError, match="another service"), DataFolder(tmp_path).locked():
        pass


@pytest.mark.long
def test_a_worker_killed_twenty_times_under_load_loses_nothing(tmp_path, model):
    with Serving(tmp_path, model) as serving:
        names = [serving.take(picture(seed)) for seed in range(60)]
        for _ in range(20):
            time.sleep(1.0)
            for pid in serving.worker_pids():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        ends = [serving.ended(name) for name in names]
        assert len(set(names)) == 60
        assert all(job["status"] == "done" or job["refusal"]["code"] == "worker_died" for job in ends)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
