"""The client against a real service."""

import cv2
import numpy as np
import pytest

from films import write_square
from pleura.serve.client import Client, RequestFailed
from pleura.serve.state.job import Status


@pytest.fixture(scope="module")
def client(serving):
    with Client(str(serving.http.base_url)) as client:
        yield client


@pytest.fixture(scope="module")
def done(client, tmp_path_factory):
    film = write_square(tmp_path_factory.mktemp("film") / "Doe^Jane.png", corner=(70, 40))
    return client.wait(client.send([film]).jobs[0].id)


def test_a_film_goes_there_and_its_finding_comes_back(client, done):
    assert done.status is Status.DONE
    assert done.finding["present"]
    assert client.file(done, "mask").startswith(b"\x89PNG")
    assert client.file(done, "seg") is None
    assert done.id in [job.id for job in client.jobs(status=Status.DONE, order="urgency")]


def test_a_correction_is_stored(client, done):
    mask = np.zeros((256, 256), np.uint8)
    mask[5:9, 5:9] = 255
    png = cv2.imencode(".png", mask)[1].tobytes()
    assert client.review(done.id, "edited", "R. Reader", png).edited
    assert cv2.imdecode(np.frombuffer(client.file(done, "mask"), np.uint8), 0).sum() == mask.sum()


def test_what_the_service_refuses_is_told_with_its_remedy(client, tmp_path):
    (tmp_path / "words.txt").write_text("no film")
    with pytest.raises(RequestFailed, match="no image format") as told:
        client.send([tmp_path / "words.txt"])
    assert (told.value.status, told.value.code) == (400, "not_an_image")
    with pytest.raises(RequestFailed, match="no such job"):
        client.delete("nothing")


def test_a_service_that_is_not_there_is_told():
    with Client("http://127.0.0.1:9", timeout_s=2) as client, pytest.raises(RequestFailed, match="does not answer"):
        client.job("x")
