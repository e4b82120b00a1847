"""Real films with the lungs that ship and air drawn into one: every value, its unit and its code in each result."""

import dataclasses
import functools
import json
import re

import highdicom
import pytest

from dicom_findings import assert_standard, film_of, finding_of, opened
from pleura.core.caption import caption_of
from pleura.core.measures import MEASURES, measure_film
from pleura.core.types import PatientFacts, Side, View
from pleura.output.dicom import codes
from pleura.output.dicom.gsps import gsps_dicom
from pleura.output.dicom.seg import seg_dicom
from pleura.output.dicom.sr import sr_dicom
from pleura.output.document import document_of
from pleura.output.fhir import fhir_json
from pleura.output.order import Order
from pleura.output.schema import finding_schema
from pleura.predict.clock import Clock
from pleura.predict.lungs import ShippedLungs
from pleura.runtime import EngineChoice

WHOLE, FALSE_SPACING = "12-bit digital radiography", "8-bit secondary capture without UIDs"
PER_SIDE = {name for name, row in MEASURES.items() if row.over == "side"}
LENGTHS = {name for name, row in MEASURES.items() if row.unit in ("cm", "cm2")}


@functools.cache
def measured_order(kind):
    """Air over the upper and outer part of the right lung, on an erect PA film of an adult."""
    film = dataclasses.replace(film_of(kind), view=View.PA, patient=PatientFacts(age=40.0))
    lungs = ShippedLungs(EngineChoice(engine="onnxruntime", device="cpu", threads=1)).finder.hemithoraces(
        film, Clock()
    )
    mask = lungs.right.copy()
    rows, columns = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
    mask[(rows[0] + rows[-1]) // 2 :, :] = False
    mask[rows[0] + len(rows) // 5 :, columns[0] + len(columns) // 3 :] = False
    found = measure_film(film, mask, lungs)
    finding = dataclasses.replace(
        finding_of(film), mask=mask, regions=found.regions, measures=found.measures, notes=(*film.notes, *found.notes)
    )
    return Order(finding, ("seg", "sr"))


def numbers(order):
    """Measures that are numbers, by name."""
    return {
        each.name: each
        for each in order.finding.measures
        if isinstance(each.value, int | float) and not isinstance(each.value, bool)
    }


def reported(content, folder):
    """Every measurement of a report by its code, in the film's group and the sides'."""
    (folder / "sr.dcm").write_bytes(content)
    report = highdicom.sr.srread(folder / "sr.dcm").content
    groups = [*report.get_image_measurement_groups(), *report.get_planar_roi_measurement_groups()]
    return {each.name.value: each for group in groups for each in group.get_measurements()}


def comments(dataset):
    for item in dataset.get("ContentSequence", ()):
        if item.ValueType == "TEXT":
            yield item.TextValue
        yield from comments(item)


def test_a_film_on_which_all_can_be_measured_has_every_value_of_the_table():
    valued = {each.name for each in measured_order(WHOLE).finding.measures if each.side is Side.RIGHT}
    assert valued == PER_SIDE
    assert numbers(measured_order(WHOLE)).keys() >= LENGTHS | {"hemithorax_percent", "collins", "light"}


@pytest.mark.parametrize("kind", [WHOLE, FALSE_SPACING])
def test_a_report_has_each_value_in_its_unit_and_is_standard(kind, tmp_path):
    order = measured_order(kind)
    content = sr_dicom(order)
    assert_standard(content, tmp_path)
    told = reported(content, tmp_path)
    for name, measure in numbers(order).items():
        code = codes.MEASURES[name]
        found = told[code.name.value]
        assert found.name.scheme_designator == code.name.scheme_designator
        assert found.value == pytest.approx(measure.value * code.factor, rel=1e-4)
        assert (found.unit.value, found.unit.scheme_designator) == (measure.unit, "UCUM")


@pytest.mark.parametrize("kind", [WHOLE, FALSE_SPACING])
def test_fhir_has_the_same_values_in_the_same_units(kind):
    order = measured_order(kind)
    told = {}
    for entry in json.loads(fhir_json(order))["entry"]:
        if entry["resource"]["resourceType"] == "Observation":
            told[entry["resource"]["code"]["coding"][0]["code"]] = entry["resource"]
    for name, measure in numbers(order).items():
        quantity = told[codes.MEASURES[name].name.value]["valueQuantity"]
        assert quantity["value"] == pytest.approx(measure.value, rel=1e-4)
        assert (quantity["code"], quantity["system"]) == (measure.unit, "http://unitsofmeasure.org")


@pytest.mark.parametrize("kind", [WHOLE, FALSE_SPACING])
def test_json_has_the_values_themselves_and_keeps_to_its_schema(kind):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    order = measured_order(kind)
    document = document_of(order.finding)
    jsonschema.Draft202012Validator(finding_schema()).validate(document)
    told = {each["name"]: (each["value"], each["unit"]) for each in document["measures"]}
    assert {name: told[name] for name in numbers(order)} == {
        name: (measure.value, measure.unit) for name, measure in numbers(order).items()
    }


def test_a_false_spacing_leaves_shares_and_takes_every_length_from_every_result(tmp_path):
    order = measured_order(FALSE_SPACING)
    assert "spacing_implausible" in {note.code for note in order.finding.notes}
    given = numbers(order)
    assert not given.keys() & (LENGTHS | {"collins"})
    assert given.keys() >= {"hemithorax_percent", "light"}
    content = sr_dicom(order)
    units = {each.unit.value for each in reported(content, tmp_path).values()}
    assert units == {"%", "1"}
    said = list(comments(opened(content)))
    for name in LENGTHS | {"collins", "bts_2010", "bts_2023", "accp_2001"}:
        assert any(line.startswith(f"Not assessed: {name}") and "implausible" in line for line in said)
    assert any("would measure 142 x 142 mm" in line for line in said)
    assert not re.search(r'"code": "cm2?"', fhir_json(order).decode())
    (shared,) = opened(seg_dicom(order)).SharedFunctionalGroupsSequence
    assert "PixelMeasuresSequence" not in shared
    words = " ".join(caption_of(order.finding).facts)
    assert "px" in words
    assert not re.search(r"\bcm", words)


def test_what_limits_a_value_stands_in_the_report_too():
    order = measured_order(WHOLE)
    film = dataclasses.replace(order.finding.film, view=View.AP)
    measures = measure_film(film, order.finding.mask).measures
    finding = dataclasses.replace(order.finding, film=film, measures=measures)
    said = list(comments(opened(sr_dicom(dataclasses.replace(order, finding=finding)))))
    assert any(line.startswith("Limited: area: AP film: the chest is magnified more") for line in said)


def test_a_presentation_state_draws_the_distances_where_the_finding_says(tmp_path):
    order = measured_order(WHOLE)
    said = {each.name: each.ends for each in order.finding.measures if each.ends}
    assert {"interpleural_lateral", "apex_to_cupola"} <= said.keys()
    content = gsps_dicom(order)
    assert_standard(content, tmp_path)
    drawn = opened(content).GraphicAnnotationSequence[0].GraphicObjectSequence
    lines = [list(each.GraphicData) for each in drawn if each.NumberOfGraphicPoints == 2]
    # Columns before rows, and the first pixel's centre is (1, 1).
    due = [
        [column + 1, row + 1, other_column + 1, other_row + 1]
        for (row, column), (other_row, other_column) in said.values()
    ]
    assert lines == [pytest.approx(line) for line in due]
