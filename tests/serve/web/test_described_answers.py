"""Requests made up from the API's own description: no answer is a defect, and every one is as described."""

import contextlib
import threading

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.errors import SerializationNotPossible
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from pleura.serve.state.claims import Outcome, claim_next, finish, refused
from pleura.serve.state.job import Status
from serving_here import serving_here

CHECKS = [
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
FILM = {"rows": 1, "columns": 1, "view": "PA", "spacing_mm": None, "study": None, "patient": None, "acquired": None}
FILES = ("thumbnail.png", "mask.png", "probability.png", "overlay.png", "finding.json", "seg.dcm", "sr.dcm")

FEW = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=60)
described = schemathesis.pytest.from_fixture("description").exclude(path_regex="events$")
at_a_job = (
    schemathesis.pytest.from_fixture("description").include(path_regex="{job_id}").exclude(path_regex="events$")
)


@pytest.fixture(scope="module")
def here(tmp_path_factory, bright_model):
    with serving_here(tmp_path_factory.mktemp("described"), bright_model) as here:
        yield here


@pytest.fixture(scope="module")
def description(here):
    return schemathesis.openapi.from_url(f"{here.address}/api/v1/openapi.json")


@pytest.fixture(scope="module")
def done(here):
    """The id of a job that has ended with all files that one may have; all films after it are ended at once."""
    name = here.http.post("/api/v1/films", content=b"\x89PNG\r\n\x1a\n").json()["jobs"][0]["id"]
    database, folder = here.service.database, here.service.folder
    claim = claim_next(database, "test", 60)
    folder.result(name, claim.token).mkdir(parents=True)
    for file in FILES:
        (folder.result(name, claim.token) / file).write_bytes(b"{}")
    folder.picture(name).write_bytes(b"a picture")
    found = {"film": {**FILM, "window": [1, 2]}, "finding": {}, "present": False, "urgency": 0.1}
    files = {"result": claim.token, "files": list(FILES)}
    assert finish(database, claim, Outcome(Status.DONE, {**found, **files}))
    stop = threading.Event()

    def end_all():
        while not stop.wait(0.05):
            while (next_one := claim_next(database, "test", 60)) is not None:
                finish(database, next_one, refused(Status.FAILED, "test", "a test ended it", "None is needed."))

    ending = threading.Thread(target=end_all)
    ending.start()
    yield name
    stop.set()
    ending.join()


def ask(case):
    """Send a made-up request, and hold its answer against the description."""
    # Without workers the service is not ready, and says so.
    excepted = [not_a_server_error] if case.path == "/readyz" else []
    case.call_and_validate(checks=[not_a_server_error, *CHECKS], excluded_checks=excepted)


def ask_all(description, mode, examples, done=None):
    """Ask every route some made-up requests; those at a job about `done`, or else about jobs that are made up too."""
    for found in description.get_all_operations():
        operation = found.ok()
        may_be_wrong = bool(list(operation.query) or list(operation.body))
        # Events never end; and a path alone cannot be of a wrong type.
        if operation.path.endswith("/events") or (mode is GenerationMode.NEGATIVE and not may_be_wrong):
            continue

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask_one(case):
            if done is not None and "{job_id}" in case.path and case.method != "DELETE":
                case.path_parameters["job_id"] = done
            ask(case)

        with contextlib.suppress(SerializationNotPossible):
            ask_one()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_described(description, mode, done):
    ask_all(description, mode, 2, done)


@pytest.mark.long
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_to_many_requests_is_as_described(description, mode, done):
    ask_all(description, mode, 60)
    ask_all(description, mode, 60, done)
