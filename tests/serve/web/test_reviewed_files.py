"""SEG and SR of what readers said, over real HTTP."""

import io

import cv2
import numpy as np
import pytest
from pydicom import dcmread

from dicom_maker import as_bytes, changed, film_values, make_dataset
from pleura.serve.client import Client
from serving import until

FILES = {"mask": "mask.png", "seg": "seg.dcm", "sr": "sr.dcm"}


def dicom(rows):
    values = film_values(rows=rows, columns=256).copy()
    values[20:120, 30:130] = 4095
    return as_bytes(changed(make_dataset(values), {"PixelSpacing": [1.4, 1.4]}))


def png(mask):
    return cv2.imencode(".png", np.multiply(mask, 255, dtype=np.uint8))[1].tobytes()


@pytest.fixture
def client(serving):
    with Client(str(serving.http.base_url)) as made:
        yield made


@pytest.fixture(scope="module")
def done(serving):
    return serving.ended(serving.take(dicom(264)))


def opened(content):
    return dcmread(io.BytesIO(content))


def test_a_correction_is_served_as_the_readers_outline_and_report(serving, done, client):
    url = f"/api/v1/jobs/{done['id']}"
    own = serving.http.get(f"{url}/seg.dcm")
    assert opened(own.content).SegmentSequence[0].SegmentAlgorithmType == "AUTOMATIC"
    mask = np.zeros((264, 256), bool)
    mask[40:200, 60:90] = True
    said = client.review(done["id"], "edited", "Ada^Lovelace", png(mask))
    assert said.links == {name: f"{url}/{file}?version={said.version}" for name, file in FILES.items()}
    seg, sr = (opened(client.file_of_review(said, name)) for name in ("seg", "sr"))
    assert np.array_equal(seg.pixel_array.astype(bool), mask)
    assert seg.SegmentSequence[0].SegmentAlgorithmType == "SEMIAUTOMATIC"
    assert sr.VerifyingObserverSequence[0].VerifyingObserverName == "Ada^Lovelace"
    area = mask.sum() * 0.14**2
    assert f"'{area:.6g}'" in str(sr)
    # The newest without a version, and the model's own as version 0.
    assert opened(client.file(client.job(done["id"]), "seg")).SOPInstanceUID == seg.SOPInstanceUID
    assert serving.http.get(f"{url}/seg.dcm?version=0").content == own.content


def test_a_rejection_has_a_report_and_no_outline(serving, client):
    job = serving.ended(serving.take(dicom(266)))
    said = client.review(job["id"], "rejected", "Ada Lovelace")
    assert said.links.keys() == {"sr"}
    assert client.job(job["id"]).links.keys() >= {"sr", "mask"}
    assert "seg" not in client.job(job["id"]).links
    answer = serving.http.get(f"/api/v1/jobs/{job['id']}/seg.dcm")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_file")
    assert "Rejected" in str(opened(client.file_of_review(said, "sr")))
    assert serving.http.get(f"/api/v1/jobs/{job['id']}/sr.dcm?version=7").status_code == 404


def test_objects_of_a_review_are_there_before_anybody_asks(serving, client):
    job = serving.ended(serving.take(dicom(268)))
    client.review(job["id"], "accepted", "Ada Lovelace")
    reviews = serving.data / "results" / job["id"] / "reviews"
    until(lambda: {path.name for path in reviews.glob("*.dcm")} == {"1.seg.dcm", "1.sr.dcm"})
    client.delete(job["id"])
    assert not reviews.exists()
    assert serving.http.get(f"/api/v1/jobs/{job['id']}/sr.dcm").status_code == 404


def test_a_picture_has_no_dicom_of_a_review(serving, client):
    content = cv2.imencode(".png", (film_values(rows=270, columns=256) >> 4).astype(np.uint8))[1].tobytes()
    job = serving.ended(serving.take(content))
    said = client.review(job["id"], "accepted", "Ada Lovelace")
    assert said.links == {}
    assert serving.http.get(f"/api/v1/jobs/{job['id']}/sr.dcm").status_code == 404


def test_the_readers_name_stands_in_no_log(serving, client):
    assert b"Lovelace" not in serving.log.read_bytes()
