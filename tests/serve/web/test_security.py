"""Who may do what, what every answer carries, and that no patient's name leaves the film."""

import hashlib
import json
import socket

import httpx
import pytest

from dicom_maker import as_bytes, changed, film_values, make_dataset
from pleura.core.errors import PleuraError
from pleura.serve.config import ServeConfig, read_serve_config
from pleura.serve.config import changed as config_with
from pleura.serve.errors import ServeConfigError, TooManyRequests
from pleura.serve.state.audit import verify
from pleura.serve.state.database import Database, sqlite_url
from pleura.serve.web.rate import Rate
from serving import Serving

CANARIES = ("CANARYNAME", "CANARYID77", "CANARYACC5", "19330405", "CANARYDOC", "CANARYPLACE")
TOKENS = {"sender": "s" * 43, "reader": "r" * 43, "chief": "c" * 43}
ROLES = {"sender": ["upload"], "reader": ["read"], "chief": ["admin"]}


def canary_film(**tags):
    values = film_values(rows=256, columns=256).copy()
    values[20:120, 30:130] = 4095
    secrets = {
        "PatientName": "CANARYNAME^Jane",
        "PatientID": "CANARYID77",
        "AccessionNumber": "CANARYACC5",
        "PatientBirthDate": "19330405",
        "ReferringPhysicianName": "CANARYDOC^X",
        "InstitutionName": "CANARYPLACE",
    }
    return as_bytes(changed(make_dataset(values), {**secrets, **tags}))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory, bright_model):
    hashes = {name: hashlib.sha256(token.encode()).hexdigest() for name, token in TOKENS.items()}
    rows = [f'[[tokens]]\nname = "{name}"\nsha256 = "{hashes[name]}"\nroles = {ROLES[name]}\n' for name in TOKENS]
    with Serving(tmp_path_factory.mktemp("guarded"), bright_model, "".join(rows), TOKENS["chief"]) as running:
        yield running


def ask(serving, who, method, path, **content):
    headers = {"Authorization": f"Bearer {TOKENS.get(who, who)}"} if who else {}
    with httpx.Client(base_url=serving.http.base_url, trust_env=False) as client:
        return client.request(method, path, headers=headers, **content)


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        (None, (401, 401, 401, 401, 401)),
        ("wrong", (401, 401, 401, 401, 401)),
        ("sender", (202, 403, 403, 403, 403)),
        ("reader", (403, 200, 200, 403, 403)),
        ("chief", (202, 200, 200, 200, 404)),
    ],
)
def test_every_role_may_do_its_own_work_only(guarded, who, statuses):
    calls = [
        ("POST", "/api/v1/films", {"content": canary_film()}),
        ("GET", "/api/v1/jobs", {}),
        ("GET", "/api/v1/model", {}),
        ("GET", "/metrics", {}),
        ("DELETE", "/api/v1/jobs/nothing", {}),
    ]
    assert tuple(ask(guarded, who, method, path, **more).status_code for method, path, more in calls) == statuses


def test_health_and_description_need_no_token(guarded):
    for path in ("/livez", "/readyz", "/api/v1/openapi.json"):
        assert ask(guarded, None, "GET", path).status_code == 200


def test_no_patient_is_named_in_any_log_answer_figure_or_file_name(guarded):
    job = guarded.ended(guarded.take(canary_film()))
    refused = guarded.ended(guarded.take(canary_film(ViewPosition="LL")))
    broken = guarded.ended(guarded.take(canary_film()[:-4000]))
    assert [one["status"] for one in (job, refused, broken)] == ["done", "refused", "refused"]
    texts = [json.dumps(one) for one in (job, refused, broken)]
    texts += [guarded.http.get(path).text for path in ("/api/v1/jobs", "/metrics", "/api/v1/jobs/CANARYID77")]
    texts += [guarded.http.get(job["links"][name]).text for name in ("finding", "priors", "reviews")]
    texts.append(guarded.log.read_text())
    texts += [str(path) for path in guarded.data.rglob("*")]
    # Only films and DICOM results, which belong to the patient, may name one.
    kept = [path for path in guarded.data.rglob("*") if path.is_file() and path.suffix != ".dcm"]
    texts += [path.read_bytes().decode("latin-1") for path in kept if path.parent.name != "films"]
    assert len(texts) > 15
    for canary in CANARIES:
        assert not [text[:200] for text in texts if canary in text.replace("/api/v1/jobs/CANARYID77", "")]


def test_the_audit_log_says_who_did_what_and_is_sound(guarded):
    name = guarded.take(canary_film())
    ask(guarded, "reader", "GET", f"/api/v1/jobs/{name}")
    ask(guarded, "sender", "DELETE", f"/api/v1/jobs/{name}")
    database = Database(sqlite_url(guarded.data / "pleura.sqlite"))
    verdict = verify(database)
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT who, what, about, outcome FROM audit").all()
    database.close()
    assert verdict.broken_at is None
    assert ("reader", "GET /api/v1/jobs/{job_id}", name, "200") in [tuple(row) for row in rows]
    assert ("sender", "DELETE /api/v1/jobs/{job_id}", name, "403") in [tuple(row) for row in rows]


def test_answers_carry_the_headers_of_a_safe_page(serving):
    headers = serving.http.get("/api/v1/jobs").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_without_tokens_no_other_site_gets_in(serving, headers, status):
    assert serving.http.get("/api/v1/jobs", headers=headers).status_code == status


def test_a_request_that_is_no_http_hurts_nobody(serving):
    url = serving.http.base_url
    with socket.create_connection((url.host, url.port), 5) as raw:
        raw.sendall(b"\x16\x03\x01 no http\r\n\r\n")
        assert b"400" in raw.recv(200)
    assert serving.http.get("/livez").status_code == 200


def test_who_asks_too_often_is_told_when_to_come_again():
    rate = Rate(3)
    for _ in range(3):
        rate.count("a")
    with pytest.raises(TooManyRequests) as told:
        rate.count("a")
    assert 1 <= told.value.retry_after <= 20
    rate.count("b")
    for _ in range(100):
        Rate(0).count("a")


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "0.0.0.0"},
        {"host": "::"},
        {"host": "pacs.example"},
        {"host": "0.0.0.0", "tokens": [{"name": "a", "sha256": "0" * 64, "roles": ["read"]}]},
        {"tokens": [{"name": "dicom", "sha256": "0" * 64, "roles": ["upload"]}]},
        {"tls_key": "x.pem"},
        {"tokens": [{"name": "a", "sha256": "0" * 64, "roles": ["read"]}] * 2},
        {"listener": {"port": 11112, "host": "0.0.0.0"}},
        {"unknown": 1},
    ],
)
def test_no_config_opens_the_service_to_everybody(changes):
    with pytest.raises(ServeConfigError):
        config_with(ServeConfig(), changes)


def test_a_config_file_with_a_secret_in_the_wrong_place_is_not_quoted(tmp_path):
    for text in ('port = "SECRETVALUE"', "port = SECRETVALUE", 'SECRETVALUE = "x"\nport = 1'):
        (tmp_path / "c.toml").write_text(text)
        with pytest.raises(PleuraError) as told:
            read_serve_config(tmp_path / "c.toml")
        if "SECRETVALUE =" not in text:
            assert "SECRETVALUE" not in str(told.value)
