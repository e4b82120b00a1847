"""A finding as FHIR R5, judged by the models of the library fhir.resources."""

import dataclasses
import json

import pytest

from dicom_findings import film_of, finding_of, order_of
from findings import absent, noted
from pleura.output.fhir import fhir_json
from pleura.output.order import Order

bundles = pytest.importorskip("fhir.resources.bundle", reason="fhir.resources is not installed")
FILMS = ("12-bit digital radiography", "8-bit secondary capture without UIDs")


def order(finding):
    return Order(finding, ("fhir",))


def resources(content):
    return [entry["resource"] for entry in json.loads(content)["entry"]]


def observed(content):
    told = [each for each in resources(content) if each["resourceType"] == "Observation"]
    return {each["code"]["coding"][0]["display"]: each for each in told}


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("kind", FILMS)
def test_a_bundle_is_valid_and_the_same_on_every_run(kind, present):
    content = fhir_json(order_of(kind, present=present))
    bundle = bundles.Bundle.model_validate_json(content)
    assert {entry.resource.get_resource_type() for entry in bundle.entry} == {
        "DiagnosticReport",
        "Observation",
        "Device",
    }
    assert content == fhir_json(order_of(kind, present=present))


def test_the_library_does_refuse_what_is_not_fhir():
    broken = json.loads(fhir_json(order(noted())))
    broken["entry"][0]["resource"]["verdict"] = "yes"
    with pytest.raises(ValueError, match="verdict"):
        bundles.Bundle.model_validate(broken)


def test_every_reference_names_an_entry():
    bundle = json.loads(fhir_json(order_of(FILMS[0])))
    urls = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(urls) == len(bundle["entry"])
    named = {each["reference"] for each in bundle["entry"][0]["resource"]["result"]}
    devices = {each["resource"]["device"]["reference"] for each in bundle["entry"][1:-1]}
    assert named | devices == urls - {bundle["entry"][0]["fullUrl"]}


def test_presence_is_a_coded_value_and_a_conclusion_only_where_it_is_there():
    for finding, value, concluded in ((noted(), "Present", True), (absent(), "Absent", False)):
        content = fhir_json(order(finding))
        assert observed(content)["Pneumothorax"]["valueCodeableConcept"]["coding"][0]["display"] == value
        assert ("conclusionCode" in resources(content)[0]) is concluded


def test_a_probability_is_said_only_where_it_is_one():
    finding = finding_of(film_of(FILMS[0]))
    certainty = observed(fhir_json(order(finding)))["Certainty of Finding"]["valueQuantity"]
    assert (certainty["value"], certainty["code"]) == (70, "%")
    bare = dataclasses.replace(finding, calibrated=False)
    assert "Certainty of Finding" not in observed(fhir_json(order(bare)))


def test_measures_have_units_sides_and_reasons():
    told = observed(fhir_json(order_of(FILMS[0])))
    share = told["Share of the hemithorax"]
    assert share["valueQuantity"]["value"] == 12.5
    assert share["bodySite"]["coding"][0]["display"] == "Right lung structure"
    assert share["note"] == [{"text": "seen from the front"}]
    assert told["Size class by BTS 2010"]["valueCodeableConcept"]["coding"][0]["display"] == "Large"
    assert told["Size by Collins 1995"]["dataAbsentReason"]["text"] == "The age is unknown."


def test_a_dicom_film_is_named_by_its_study_and_its_day_and_never_by_its_patient():
    found = order_of(FILMS[0])
    content = fhir_json(found)
    header, report = found.source.header, resources(content)[0]
    assert report["study"][0]["identifier"]["value"] == f"urn:oid:{header.StudyInstanceUID}"
    assert report["effectiveDateTime"] == "2015-01-31"
    assert str(header.PatientName) not in content.decode()
    assert header.PatientID not in content.decode()
    assert "study" not in resources(fhir_json(order(noted())))[0]


def test_a_study_that_was_made_up_is_not_named():
    found = order_of("8-bit secondary capture without UIDs")
    assert "StudyInstanceUID" in found.source.replaced
    assert "study" not in resources(fhir_json(found))[0]
