"""The structured report: found, not found, refused."""

import dataclasses
import random

import highdicom
import pytest

from dicom_findings import KINDS, assert_standard, dumped, opened, order_of
from dicom_maker import changed, film_values, make_dataset, sample, write
from findings import MODEL
from pleura.core.errors import UnreadableImage
from pleura.core.types import Note
from pleura.image import read_film
from pleura.output.dicom.seg import seg_dicom
from pleura.output.dicom.sr import refusal_sr_dicom, sr_dicom
from pleura.output.dicom.study import film_that_was_read, summary_dicom

KIND = "12-bit digital radiography"


def read_back(content, folder):
    (folder / "sr.dcm").write_bytes(content)
    return highdicom.sr.srread(folder / "sr.dcm").content


@pytest.mark.parametrize(("kind", "present"), [*((kind, True) for kind in KINDS), (KIND, False)])
def test_a_report_is_standard_and_the_same_on_every_run(kind, present, tmp_path):
    content = sr_dicom(order_of(kind, present=present))
    assert_standard(content, tmp_path)
    assert content == sr_dicom(order_of(kind, present=present))
    groups = read_back(content, tmp_path).get_planar_roi_measurement_groups()
    assert len(groups) == (5 if present else 0)


def test_every_region_has_its_polygon_its_area_and_its_side(tmp_path):
    order = order_of(KIND)
    report = read_back(sr_dicom(order), tmp_path)
    groups = report.get_planar_roi_measurement_groups(graphic_type=highdicom.sr.GraphicTypeValues.POLYLINE)
    assert len(groups) == len(order.finding.regions) == 3
    for group, region in zip(groups, order.finding.regions, strict=True):
        top, left, bottom, right = region.box
        columns, rows = group.roi.value.T
        # Centres of pixels; the upper left corner of the film's first pixel is (0, 0).
        assert (columns.min(), rows.min()) == (left + 0.5, top + 0.5)
        assert (columns.max(), rows.max()) == (right - 0.5, bottom - 0.5)
        numbers = {each.name.meaning: each for each in group.get_measurements()}
        assert numbers["Area"].value == pytest.approx(region.area_cm2, rel=1e-4)
        assert numbers["Area"].unit.value == "cm2"
        assert numbers["Certainty of Finding"].value == pytest.approx(70)
        assert group.finding_sites[0].laterality.meaning.lower() == region.side


def test_without_spacing_no_area_is_said(tmp_path):
    report = read_back(sr_dicom(order_of("computed radiography without a patient")), tmp_path)
    named = {
        number.name.meaning
        for group in report.get_planar_roi_measurement_groups()
        for number in group.get_measurements()
    }
    assert "Certainty of Finding" in named
    assert "Area" not in named


def test_without_a_calibration_no_probability_is_said(tmp_path):
    (group,) = read_back(
        sr_dicom(order_of(KIND, calibrated=False, present=False)), tmp_path
    ).get_image_measurement_groups()
    numbers = {each.name.meaning: each.value for each in group.get_measurements()}
    assert numbers == {"Presence score": 0.1, "Threshold of the presence score": 0.3}


def test_the_seg_beside_is_named_without_a_frame_and_only_if_it_is_written(tmp_path):
    order = order_of(KIND)
    seg, sr = opened(seg_dicom(order)), opened(sr_dicom(order))
    named = [
        item.ReferencedSOPSequence[0]
        for item in walk(sr)
        if item.get("ValueType") == "IMAGE" and item.ReferencedSOPSequence[0].ReferencedSOPClassUID == seg.SOPClassUID
    ]
    assert [item.ReferencedSegmentNumber for item in named] == [1, 2]
    assert {item.ReferencedSOPInstanceUID for item in named} == {seg.SOPInstanceUID}
    assert not any("ReferencedFrameNumber" in item for item in named)
    film = order.source.header
    others = [item.ReferencedSOPSequence[0] for item in walk(sr) if item.get("ValueType") == "IMAGE"]
    others = [item for item in others if item.ReferencedSOPInstanceUID != seg.SOPInstanceUID]
    assert {(item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID) for item in others} == {
        (film.SOPClassUID, film.SOPInstanceUID)
    }
    assert str(seg.SOPInstanceUID) not in str(opened(sr_dicom(order_of(KIND, ("sr",)))))


def test_evidence_names_the_film_and_the_seg():
    order = order_of(KIND)
    (study,) = opened(sr_dicom(order)).CurrentRequestedProcedureEvidenceSequence
    series = {item.SeriesInstanceUID for item in study.ReferencedSeriesSequence}
    assert series == {order.source.header.SeriesInstanceUID, opened(seg_dicom(order)).SeriesInstanceUID}


def test_measures_stand_under_their_side_with_their_unit(tmp_path):
    order = order_of(KIND, ("sr",))
    film, right, left = read_back(sr_dicom(order), tmp_path).get_image_measurement_groups()
    told = {each.name.meaning: each.value.meaning for each in film.get_qualitative_evaluations()}
    assert told.pop("Algorithm Family") == "Artificial Intelligence"
    assert told == {"Summary of Detections": "Succeeded", "Pneumothorax": "Present", "Bilateral": "Present"}
    (share,) = right.get_measurements()
    assert (share.value, share.unit.value) == (12.5, "%")
    sizes = {each.name.value: each.value.meaning for each in right.get_qualitative_evaluations()}
    assert sizes["bts_2010"] == "Large"
    assert not left.get_measurements()
    assert "Not assessed: collins, left: The age is unknown." in comments(opened(sr_dicom(order)))


def test_dsrdump_reads_who_spoke_and_what(tmp_path):
    words = dumped(sr_dicom(order_of(KIND)), tmp_path)
    assert "Imaging Measurement Report" in words
    assert '"Device Observer Name")="pleura"' in words
    assert '"Algorithm Name")="pleura-default"' in words
    assert '"Pneumothorax")=(52101004,SCT,"Present")' in words


def test_comments_are_plain_in_any_character_set():
    order = order_of("computed radiography without a patient")
    noted = dataclasses.replace(order.finding, notes=(Note("size", "About 3 cm² – more or less"),))  # noqa: RUF001
    sr = opened(sr_dicom(dataclasses.replace(order, finding=noted)))
    assert "About 3 cm2 ? more or less" in comments(sr)


def test_nothing_found_is_said_and_names_no_finding(tmp_path):
    words = dumped(sr_dicom(order_of(KIND, present=False)), tmp_path)
    assert '"Pneumothorax")=(272519000,SCT,"Absent")' in words
    assert '"Finding")' not in words


def test_absent_beside_a_certainty_cannot_be_read_as_ruled_out(tmp_path):
    order = order_of(KIND, present=False)
    doubtful = dataclasses.replace(order, finding=dataclasses.replace(order.finding, probability=0.3))
    content = sr_dicom(doubtful)
    assert_standard(content, tmp_path)
    for said in (comments(opened(content)), summed(doubtful)):
        assert "AI: No pneumothorax found, not ruled out." in said
        assert any(text.startswith("Certainty of Finding is the probability that") for text in said)
    bare = dataclasses.replace(order, finding=dataclasses.replace(order.finding, calibrated=False))
    assert not any("Certainty" in text for text in comments(opened(sr_dicom(bare))))


def summed(order):
    return comments(opened(summary_dicom([film_that_was_read(order)], (), MODEL)))


def test_derived_uids_are_owned_up_to():
    sr = opened(sr_dicom(order_of("8-bit secondary capture without UIDs")))
    derived = (
        "The film has no valid StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID: derived from its content here."
    )
    assert derived in comments(sr)


@pytest.mark.parametrize("name", ["RG3_UNCR.dcm", "CT_small.dcm"])
def test_a_refused_film_has_a_report_that_says_why(name, tmp_path):
    with pytest.raises(UnreadableImage) as refusal:
        read_film(sample(name))
    content = refusal_sr_dicom(refusal.value, MODEL)
    assert_standard(content, tmp_path)
    sr = opened(content)
    assert any(
        line.startswith(f"The film was refused [{refusal.value.code}]: {refusal.value.reason}")
        for line in comments(sr)
    )
    assert "Not Attempted" in str(sr)
    assert "'Pneumothorax'" not in str(sr)
    assert content == refusal_sr_dicom(refusal.value, MODEL)


def test_a_film_without_a_sound_header_has_no_report(tmp_path):
    path = tmp_path / "film.dcm"
    for content in (b"no film", b"\0" * 128 + b"DICM" + b"\x02\0" * 40):
        path.write_bytes(content)
        with pytest.raises(UnreadableImage) as refusal:
            read_film(path)
        assert refusal_sr_dicom(refusal.value, MODEL) is None


def test_no_damage_to_a_header_breaks_the_report_of_its_refusal(tmp_path):
    whole, path = bytearray(sample("CT_small.dcm").read_bytes()), tmp_path / "film.dcm"
    written = 0
    for seed in range(60):
        draw, damaged = random.Random(seed), bytearray(whole)
        for _ in range(12):
            damaged[draw.randrange(132, 2500)] = draw.randrange(256)
        path.write_bytes(damaged)
        try:
            read_film(path)
        except UnreadableImage as error:
            written += refusal_sr_dicom(error, MODEL) is not None
    assert written > 10


def test_a_name_in_another_script_is_filed_as_it_was_written(tmp_path):
    dataset = changed(make_dataset(film_values()), {"SpecificCharacterSet": ["", "ISO 2022 IR 87"]})
    dataset.PatientName = "Yamada^Tarou=山田^太郎"
    dataset.ViewPosition = "LL"
    path = write(dataset, tmp_path / "film.dcm")
    with pytest.raises(UnreadableImage) as refusal:
        read_film(path)
    sr = opened(refusal_sr_dicom(refusal.value, MODEL))
    assert str(sr.PatientName) == "Yamada^Tarou=山田^太郎"
    assert list(sr.SpecificCharacterSet) == ["", "ISO 2022 IR 87"]


def comments(dataset):
    return [item.TextValue for item in walk(dataset) if item.ValueType == "TEXT"]


def walk(dataset):
    for item in dataset.get("ContentSequence", ()):
        yield item
        yield from walk(item)
