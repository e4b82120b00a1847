"""The API of a real service, over real HTTP."""

import base64
import io
import json
import zipfile

import cv2
import jsonschema
import numpy as np
import pytest

from dicom_maker import as_bytes, changed, film_values, make_dataset
from films import square_pixels
from pleura.output.schema import finding_schema
from serving_here import serving_here

UNREAD = b"\x89PNG\r\n\x1a\n and no more"


def picture(seed=0, side=256):
    pixels = (square_pixels((side, side), (8 + seed, 16), side // 3) * 255).round().astype("uint8")
    return cv2.imencode(".png", pixels)[1].tobytes()


def dicom(seed=0, **tags):
    values = film_values(rows=256, columns=256).copy()
    values[20 + seed : 120 + seed, 30:130] = 4095
    return as_bytes(changed(make_dataset(values), {"PixelSpacing": [1.4, 1.4], "StudyDate": "20260102", **tags}))


def zipped(*contents, names=None):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, content in enumerate(contents):
            archive.writestr(names[number] if names else f"{number}.png", content)
    return file.getvalue()


def decoded(answer, flag=cv2.IMREAD_UNCHANGED):
    assert answer.status_code == 200, answer.text
    return cv2.imdecode(np.frombuffer(answer.content, np.uint8), flag)


@pytest.fixture(scope="module")
def done(serving):
    return serving.ended(serving.take(dicom()))


def test_a_dicom_film_becomes_a_finding_with_all_its_files(serving, done):
    assert done["status"] == "done"
    jsonschema.validate(done["finding"], finding_schema())
    assert done["film"]["spacing_mm"] == [1.4, 1.4]
    assert done["film"]["acquired"] == "2026-01-02"
    files = {"film", "thumbnail", "mask", "probability", "overlay", "finding", "seg", "sr"}
    assert files | {"self", "events", "reviews", "priors"} == set(done["links"])
    for name in files:
        assert serving.http.get(done["links"][name]).status_code == 200
    assert serving.http.get(done["links"]["finding"]).json() == done["finding"]
    assert decoded(serving.http.get(done["links"]["mask"])).shape == (256, 256)


def test_a_file_is_saved_under_a_name_of_ours(serving, done):
    for name in ("film", "thumbnail", "mask", "probability", "overlay", "finding", "seg", "sr"):
        answer = serving.http.get(done["links"][name])
        kind = {"finding": "json", "seg": "dcm", "sr": "dcm"}.get(name, "png")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="pleura-{name}.{kind}"'
        assert int(answer.headers["Content-Length"]) == len(answer.content)


def test_the_picture_of_a_film_holds_every_grey_value(serving, done):
    answer = serving.http.get(done["links"]["film"])
    shown = decoded(answer)
    values = film_values(rows=256, columns=256).astype(np.int64)
    values[20:120, 30:130] = 4095
    assert shown.dtype == np.uint16
    assert np.array_equal(shown, np.rint((values / 4095).astype(np.float32) * 65535).astype(np.uint16))
    centre, width = map(float, answer.headers["X-Pleura-Window"].split(","))
    assert 0 <= centre <= 65535
    assert 1 <= width <= 65535


def test_the_same_film_again_is_the_same_job(serving, done):
    assert serving.take(dicom()) == done["id"]


def test_a_raw_body_is_a_film_too(serving, done):
    answer = serving.http.post("/api/v1/films", content=dicom(), headers={"Content-Type": "application/dicom"})
    assert answer.status_code == 202
    assert answer.json()["jobs"][0]["id"] == done["id"]


def test_in_one_request_a_bad_file_costs_itself_only(serving):
    answer = serving.send(picture(1), b"no film at all", b"", picture(2))
    assert answer.status_code == 202
    assert [(one["index"], one["code"]) for one in answer.json()["refused"]] == [
        (1, "not_an_image"),
        (2, "not_an_image"),
    ]
    assert [serving.ended(job["id"])["status"] for job in answer.json()["jobs"]] == ["done", "done"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        pytest.param(b"%PDF-1.7 " + b"x" * 200, 400, "not_an_image", id="pdf"),
        pytest.param(b"", 400, "not_an_image", id="empty"),
        pytest.param(picture() + b"\0" * (3 << 20), 413, "too_large", id="over the size of a film"),
        pytest.param(zipped(), 400, "no_film", id="zip of nothing"),
        pytest.param(zipped(zipped(picture())), 400, "zip", id="zip in zip"),
        pytest.param(zipped(picture(), names=["../up.png"]), 400, "zip", id="name that leads out"),
    ],
)
def test_what_is_turned_away_leaves_nothing_behind(small, content, status, code):
    answer = small.send(content)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert not list(small.service.folder.incoming.iterdir())
    assert not list(small.service.folder.films.iterdir())


@pytest.fixture(scope="module")
def small(tmp_path_factory, bright_model):
    """A service with small limits, in this process: nothing that it is sent here comes to be read."""
    limits = {"film_mib": 2, "upload_mib": 6, "files": 3}
    with serving_here(tmp_path_factory.mktemp("small"), bright_model, limits=limits) as running:
        yield running


def test_a_request_over_the_limits_is_cut_off(small):
    assert small.send(*[b"x" * (2 << 20)] * 4).status_code == 413
    assert small.send(*[picture()] * 4).status_code == 413
    assert not list(small.service.folder.incoming.iterdir())


def test_a_zip_is_its_films(serving):
    names = ["DICOMDIR", "a/.hidden", "__MACOSX/x", "a/1.png", "notes.txt", "b/2"]
    content = zipped(b"x", b"x", b"x", picture(3), b"words", picture(4), names=names)
    answer = serving.http.post("/api/v1/films", content=content).json()
    assert len(answer["jobs"]) == 2
    assert [(one["index"], one["entry"]) for one in answer["refused"]] == [(0, names.index("notes.txt"))]


def test_a_refused_film_says_why(serving):
    job = serving.ended(serving.take(UNREAD))
    assert (job["status"], job["refusal"]["code"], job["finding"]) == ("refused", "decode", None)
    lateral = serving.ended(serving.take(dicom(1, ViewPosition="LL")))
    assert (lateral["status"], lateral["refusal"]["code"]) == ("refused", "view")
    assert serving.http.get(lateral["links"]["sr"]).status_code == 200
    assert serving.http.get(f"/api/v1/jobs/{lateral['id']}/mask.png").status_code == 404


def test_a_correction_is_a_new_version_and_the_models_own_stays(serving, done):
    url = f"/api/v1/jobs/{done['id']}"
    mask = np.zeros((256, 256), np.uint8)
    mask[10:20, 30:50] = 255
    encoded = base64.b64encode(cv2.imencode(".png", mask)[1].tobytes()).decode()
    before = decoded(serving.http.get(f"{url}/mask.png?version=0"))
    answer = serving.http.post(f"{url}/reviews", json={"verdict": "edited", "mask": encoded, "reader": "R. Reader"})
    assert answer.status_code == 201
    version = answer.json()["version"]
    assert np.array_equal(decoded(serving.http.get(f"{url}/mask.png")), mask)
    assert np.array_equal(decoded(serving.http.get(f"{url}/mask.png?version={version}")), mask)
    assert np.array_equal(decoded(serving.http.get(f"{url}/mask.png?version=0")), before)
    assert serving.http.post(f"{url}/reviews", json={"verdict": "accepted", "reader": "B"}).status_code == 201
    reviews = serving.job(done["id"])["reviews"]
    assert [(review["version"], review["edited"]) for review in reviews] == [(version, True), (version + 1, False)]
    assert serving.http.get(f"{url}/reviews").json()["reviews"] == reviews


@pytest.mark.parametrize(
    "review",
    [
        {"verdict": "edited", "reader": "R"},
        {"verdict": "accepted", "reader": "R", "mask": "AAAA"},
        {"verdict": "edited", "reader": "R", "mask": "no base64!"},
        {"verdict": "edited", "reader": "R", "mask": base64.b64encode(picture(side=128)).decode()},
        {"verdict": "edited", "reader": "R", "mask": base64.b64encode(picture()[:60]).decode()},
        {"verdict": "perhaps", "reader": "R"},
        {"verdict": "accepted", "reader": "a\nb"},
        {"verdict": "accepted", "reader": " \\ ="},
        {"verdict": "accepted", "reader": "R" * 100_000},
        {"verdict": "accepted"},
    ],
)
def test_a_review_that_does_not_fit_is_refused(serving, done, review):
    assert serving.http.post(f"/api/v1/jobs/{done['id']}/reviews", json=review).status_code == 422


def test_a_word_on_a_version_that_is_no_longer_the_newest_is_not_stored(serving, done):
    url = f"/api/v1/jobs/{done['id']}/reviews"
    newest = serving.http.post(url, json={"verdict": "accepted", "reader": "A"}).json()["version"]
    encoded = base64.b64encode(cv2.imencode(".png", np.zeros((256, 256), np.uint8))[1].tobytes()).decode()
    drawn = set(serving.data.rglob("reviews/*.png"))
    for word in ({"verdict": "accepted"}, {"verdict": "edited", "mask": encoded}):
        late = serving.http.post(url, json={**word, "reader": "B", "seen": newest - 1})
        assert (late.status_code, late.json()["error"]["code"]) == (409, "newer")
    assert set(serving.data.rglob("reviews/*.png")) == drawn
    seen = serving.http.post(url, json={"verdict": "accepted", "reader": "B", "seen": newest})
    assert (seen.status_code, seen.json()["version"]) == (201, newest + 1)


def test_priors_are_films_of_the_same_patient(serving, done):
    later = serving.ended(serving.take(dicom(2)))
    other = serving.ended(serving.take(dicom(3, PatientID="ANOTHER")))
    assert done["id"] in [job["id"] for job in serving.http.get(later["links"]["priors"]).json()["jobs"]]
    assert serving.http.get(other["links"]["priors"]).json()["jobs"] == []


def test_events_tell_of_a_film_from_first_to_last(serving):
    with serving.http.stream("GET", "/api/v1/events") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith(":")
        name = serving.take(picture(5))
        seen = []
        for line in lines:
            if line.startswith("data: ") and (job := json.loads(line[6:])).get("id") == name:
                seen.append(job["status"])
                if job["status"] == "done":
                    break
    assert seen == sorted(seen, key=["waiting", "running", "done"].index)


def test_a_deleted_job_is_gone_with_its_files(serving):
    name = serving.take(picture(6))
    job = serving.ended(name)
    assert serving.http.delete(f"/api/v1/jobs/{name}").status_code == 204
    assert serving.http.get(f"/api/v1/jobs/{name}").status_code == 404
    assert serving.http.get(job["links"]["mask"]).status_code == 404
    assert not (serving.data / "results" / name).exists()
    assert serving.take(picture(6)) != name


def test_lists_are_filtered_and_paged(serving, done):
    page = serving.http.get("/api/v1/jobs", params={"limit": 2, "status": "done", "order": "urgency"}).json()
    assert len(page["jobs"]) == 2
    again = serving.http.get(
        "/api/v1/jobs", params={"limit": 2, "status": "done", "order": "urgency", "after": page["next"]}
    ).json()
    assert not {job["id"] for job in page["jobs"]} & {job["id"] for job in again["jobs"]}
    for wrong in ({"limit": 0}, {"order": "x"}, {"status": "x"}, {"unknown": 1}):
        assert serving.http.get("/api/v1/jobs", params=wrong).status_code == 422
    assert serving.http.get("/api/v1/jobs", params={"after": "x"}).status_code == 400


def test_model_health_and_figures_are_told(serving, done):
    model = serving.http.get("/api/v1/model").json()
    assert (model["name"], model["thresholds"]["outline"]) == ("bright", 0.5)
    assert model["sha256"] == done["finding"]["model"]["sha256"]
    assert serving.http.get("/livez").json() == {"status": "ok"}
    figures = serving.http.get("/metrics").text
    assert 'pleura_jobs{status="done"}' in figures
    assert "pleura_workers_ready 1.0" in figures


def test_what_is_not_there_is_told_as_every_error(serving):
    for path in ("/api/v1/jobs/nothing", "/api/v1/jobs/nothing/film.png", "/api/v1/jobs/nothing/events"):
        answer = serving.http.get(path)
        assert answer.status_code == 404
        assert set(answer.json()["error"]) == {"code", "reason", "remedy"}
    assert serving.http.put("/api/v1/jobs").status_code == 405


def test_the_description_is_openapi_3_1(serving):
    described = serving.http.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert {"/api/v1/films", "/api/v1/jobs", "/dicomweb/studies", "/readyz"} <= set(described["paths"])
