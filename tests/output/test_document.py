"""A finding as JSON."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from findings import MODEL, NOTE, SPACING, absent, noted, present
from pleura.output.document import document_of, finding_json


def test_it_reads_back_as_what_was_found():
    finding = noted()
    read = json.loads(finding_json(finding))
    assert read == document_of(finding)
    assert (read["present"], read["score"], read["threshold"]) == (True, 0.875, 0.3)
    assert (read["probability"], read["calibrated"]) == (0.875, False)
    assert read["model"] == {"name": MODEL.name, "version": MODEL.version, "sha256": MODEL.sha256}
    assert read["source"] == {"name": "film.png", "sha256": "cd" * 32}
    assert read["spacing"] == {"row_mm": 0.5, "column_mm": 0.25, "origin": "PixelSpacing"}
    assert read["warnings"] == [{"code": NOTE.code, "text": NOTE.text}]
    assert read["notice"] == "Research use. Not a medical device."


def test_a_calibrated_probability_stands_beside_the_score_that_decided():
    read = document_of(replace(present(), probability=0.93, calibrated=True))
    assert (read["score"], read["probability"], read["calibrated"]) == (0.875, 0.93, True)


def test_outlines_redraw_the_mask():
    finding = present()
    redrawn = np.zeros(finding.mask.shape, np.uint8)
    for region in json.loads(finding_json(finding))["regions"]:
        outer, *holes = (np.array(border, np.int32)[:, ::-1] for border in region["outline"])
        cv2.fillPoly(redrawn, [outer], 1)
        for hole in holes:
            cv2.fillPoly(redrawn, [hole], 0)
            cv2.polylines(redrawn, [hole], True, 1)
    assert np.array_equal(redrawn > 0, finding.mask)


def test_regions_carry_side_area_and_box():
    large, small = document_of(present(spacing=SPACING))["regions"]
    assert (large["side"], large["area_px"]) == ("right", 1175)
    assert large["area_cm2"] == pytest.approx(1175 * 0.5 * 0.25 / 100)
    assert small["box"] == {"top": 70, "left": 100, "bottom": 80, "right": 110}


def test_unknown_lengths_are_null():
    document = document_of(present())
    assert document["spacing"] is None
    assert {region["area_cm2"] for region in document["regions"]} == {None}


def test_measures_are_told_with_unit_validity_reason_and_source():
    found = {(each["name"], each["side"]): each for each in document_of(noted())["measures"]}
    area = found["area", None]
    assert area["value"] == pytest.approx(1275 * 0.5 * 0.25 / 100)
    assert (area["unit"], area["validity"], area["reason"]) == ("cm2", "valid", "")
    share = found["hemithorax_percent", "right"]
    assert (share["value"], share["validity"]) == (None, "not_assessed")
    assert share["reason"] == "the hemithorax is not outlined"
    assert "Thorax" in found["bts_2023", "left"]["source"]
    assert found["bilateral", None]["value"] is True


def test_nothing_found_has_no_regions():
    document = json.loads(finding_json(absent()))
    assert (document["present"], document["regions"]) == (False, [])


def test_timings_do_not_change_the_bytes():
    finding = present()
    assert finding_json(finding) == finding_json(replace(finding, timings={"read": 9.0}))
    assert b"0.0125" not in finding_json(finding)


def test_folders_are_not_told():
    assert b"in/" not in finding_json(present())


def test_a_name_that_is_no_utf8_is_written_all_the_same():
    name = json.loads(finding_json(present(name="b\udcfcrger.dcm")))["source"]["name"]
    assert name == "b�rger.dcm"
