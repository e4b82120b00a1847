"""The published schema against real documents, and against broken ones."""

import copy
import json

import pytest

from dicom_findings import finding_of
from findings import absent, film, noted, present
from pleura.output.document import FORMAT, document_of, finding_json
from pleura.output.schema import finding_schema

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
VALIDATOR = jsonschema.Draft202012Validator(finding_schema())


def test_the_schema_is_one_and_names_the_format():
    jsonschema.Draft202012Validator.check_schema(finding_schema())
    assert finding_schema()["properties"]["format"]["const"] == FORMAT


@pytest.mark.parametrize("finding", [present(), absent(), noted(), finding_of(film())])
def test_every_document_keeps_to_it(finding):
    VALIDATOR.validate(json.loads(finding_json(finding)))


def test_every_key_of_a_document_is_described():
    document = document_of(noted())
    assert list(finding_schema()["properties"]) == list(document)


@pytest.mark.parametrize(
    "breaking",
    [
        lambda document: document.pop("score"),
        lambda document: document.update(extra=1),
        lambda document: document.update(score=1.5),
        lambda document: document.update(format="pleura.finding/1"),
        lambda document: document["regions"][0].update(side="middle"),
        lambda document: document["regions"][0]["outline"].clear(),
        lambda document: document["measures"][-1].update(value=3.0),
        lambda document: document["source"].update(sha256="short"),
    ],
)
def test_a_broken_document_does_not(breaking):
    document = copy.deepcopy(json.loads(finding_json(finding_of(film()))))
    assert VALIDATOR.is_valid(document)
    breaking(document)
    assert not VALIDATOR.is_valid(document)
