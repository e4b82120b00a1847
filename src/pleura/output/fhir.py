"""A finding as FHIR R5: a bundle of one DiagnosticReport, its Observations and the device that made them."""

import json
import uuid
from typing import TYPE_CHECKING, Any

from pleura.core.caption import RESEARCH_USE, caption_of
from pleura.core.types import Finding, Measure, Side
from pleura.output.document import finding_json
from pleura.output.order import Order
from pleura.output.stems import printable

if TYPE_CHECKING:
    from pydicom.sr.coding import Code

Resource = dict[str, Any]

_SYSTEMS = {
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "UCUM": "http://unitsofmeasure.org",
    "99PLEURA": "urn:pleura:codes",
}
_ABSENT_REASONS = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_LUNGS = {Side.RIGHT: ("3341006", "Right lung structure"), Side.LEFT: ("44029006", "Left lung structure")}


def fhir_json(order: Order) -> bytes:
    """A bundle (type collection) as JSON, the same bytes for the same film and model.

    Status is `preliminary`: nobody has checked it. No patient stands in it, neither name nor number. A DICOM film is
    named by the UID of its study, through which a hospital finds the patient; its date is the report's. A measure
    that is not assessed is an Observation without a value that says why.

    Raises:
        NoDicomSource: a DICOM film whose header names no kind of object.
        SourceChanged: the film's file is not the one that was read.
    """
    finding = order.finding
    about = _about(order)
    device = {"reference": _url(finding, "device")}
    observations = [{**each, **about, "device": device} for each in _observations(finding)]
    results = [(_url(finding, f"observation {number}"), each) for number, each in enumerate(observations)]
    report = {**_report(finding, [url for url, _ in results]), **about, **_study(order)}
    resources = [(_url(finding, "report"), report), *results, (device["reference"], _device(finding))]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in resources],
    }
    return (json.dumps(bundle, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _url(finding: Finding, name: str) -> str:
    """A stable name of one resource: a UUID from what was found (RFC 9562, version 5)."""
    return uuid.uuid5(uuid.NAMESPACE_OID, finding_json(finding).decode("utf-8") + name).urn


def _about(order: Order) -> Resource:
    """The day of the film, where a DICOM header tells it; without a time zone FHIR takes no time of the day."""
    if order.finding.film.source.format != "dicom":
        return {}
    from pleura.output.dicom.values import NO_DATE

    if (date := order.source.date) == NO_DATE:
        return {}
    return {"effectiveDateTime": f"{date[:4]}-{date[4:6]}-{date[6:]}"}


def _study(order: Order) -> Resource:
    """The study by its UID; one that was made up here would lead nowhere."""
    if order.finding.film.source.format != "dicom" or "StudyInstanceUID" in order.source.replaced:
        return {}
    uid = f"urn:oid:{order.source.header.StudyInstanceUID}"
    return {"study": [{"type": "ImagingStudy", "identifier": {"system": "urn:dicom:uid", "value": uid}}]}


def _report(finding: Finding, results: list[str]) -> Resource:
    from pleura.output.dicom.codes import PLAIN_FILM, PNEUMOTHORAX

    caption = caption_of(finding)
    report: Resource = {
        "resourceType": "DiagnosticReport",
        "status": "preliminary",
        "code": _concept(PLAIN_FILM),
        "result": [{"reference": url} for url in results],
        "conclusion": ". ".join((f"AI: {caption.headline}", *caption.facts, RESEARCH_USE)),
    }
    if finding.present:
        report["conclusionCode"] = [_concept(PNEUMOTHORAX)]
    return report


def _device(finding: Finding) -> Resource:
    model = finding.model
    return {
        "resourceType": "Device",
        "manufacturer": "pleura",
        "name": [{"value": model.name, "type": "user-friendly-name"}],
        "version": [{"value": model.version}],
        "serialNumber": model.sha256,
        "note": [{"text": RESEARCH_USE}],
    }


def _observations(finding: Finding) -> list[Resource]:
    """Presence first, then the probability where there is one, then the measures."""
    from pleura.output.dicom.codes import ABSENT, CERTAINTY, MEASURES, PNEUMOTHORAX, PRESENT, SCORE, THRESHOLD

    presence = {
        **_observation(_concept(PNEUMOTHORAX)),
        "valueCodeableConcept": _concept(PRESENT if finding.present else ABSENT),
        "component": [
            {"code": _concept(SCORE.name), "valueQuantity": _quantity(finding.score, SCORE.unit)},
            {"code": _concept(THRESHOLD.name), "valueQuantity": _quantity(finding.threshold, THRESHOLD.unit)},
        ],
    }
    if finding.notes:
        presence["note"] = [{"text": printable(note.text)} for note in finding.notes]
    found = [presence]
    if finding.calibrated:
        value = _quantity(finding.probability * CERTAINTY.factor, CERTAINTY.unit)
        found.append({**_observation(_concept(CERTAINTY.name)), "valueQuantity": value})
    return found + [_measured(measure) for measure in finding.measures if measure.name in MEASURES]


def _measured(measure: Measure) -> Resource:
    """One measure, or why it is not assessed."""
    from pleura.output.dicom.codes import MEASURES, VALUES, Measured

    code = MEASURES[measure.name]
    concept = _concept(code.name if isinstance(code, Measured) else code)
    resource = _observation(concept)
    if measure.side in _LUNGS:
        value, words = _LUNGS[measure.side]
        resource["bodySite"] = {"coding": [{"system": _SYSTEMS["SCT"], "code": value, "display": words}]}
    if measure.value is None:
        reason = {"system": _ABSENT_REASONS, "code": "not-performed"}
        return {**resource, "dataAbsentReason": {"coding": [reason], "text": measure.reason}}
    if measure.reason:
        resource["note"] = [{"text": measure.reason}]
    if isinstance(code, Measured):
        return {**resource, "valueQuantity": _quantity(float(measure.value) * code.factor, code.unit)}
    return {**resource, "valueCodeableConcept": _concept(VALUES[measure.value])}


def _observation(code: Resource) -> Resource:
    return {"resourceType": "Observation", "status": "preliminary", "code": code}


def _concept(code: "Code") -> Resource:
    return {"coding": [{"system": _SYSTEMS[code.scheme_designator], "code": code.value, "display": code.meaning}]}


def _quantity(value: float, unit: "Code") -> Resource:
    return {
        "value": float(f"{value:.6g}"),
        "unit": unit.meaning,
        "system": _SYSTEMS[unit.scheme_designator],
        "code": unit.value,
    }
