"""The mask and the probability map as DICOM Segmentation."""

from pathlib import Path

import highdicom
import numpy as np
import pytest

from dicom_findings import CHOICES, KINDS, assert_standard, film_of, finding_of, opened, order_of
from pleura.image import read_film
from pleura.output.dicom.seg import fractional_seg_dicom, seg_dicom
from pleura.output.order import DicomChoice, Order

KIND = "computed radiography without a patient"


@pytest.mark.parametrize(
    ("kind", "dicom"), [*((kind, CHOICES["plain"]) for kind in KINDS), (KIND, CHOICES["viewer geometry"])]
)
def test_the_mask_comes_back_pixel_for_pixel_and_right_side_up_on_every_run(kind, dicom, tmp_path):
    order = order_of(kind, dicom=dicom)
    content = seg_dicom(order)
    assert_standard(content, tmp_path)
    assert content == seg_dicom(order_of(kind, dicom=dicom))
    plain = opened(content)
    assert plain.pixel_array.shape == (2, *order.finding.mask.shape)
    assert np.array_equal(plain.pixel_array.any(axis=0), order.finding.mask)
    (tmp_path / "seg.dcm").write_bytes(content)
    seg = highdicom.seg.segread(tmp_path / "seg.dcm")
    pixels = seg.get_pixels_by_source_instance([order.source.header.SOPInstanceUID], combine_segments=True)
    assert np.array_equal(pixels[0] > 0, order.finding.mask)


def test_each_side_has_a_segment_of_its_own_with_its_own_codes():
    order = order_of(KIND)
    seg = opened(seg_dicom(order))
    told = [
        (item.SegmentLabel, item.AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0].CodeMeaning)
        for item in seg.SegmentSequence
    ]
    assert told == [("PTX RIGHT", "Right"), ("PTX LEFT", "Left")]
    right, left = seg.pixel_array
    middle = right.shape[1] // 2
    assert not right[:, middle:].any()
    assert not left[:, :middle].any()
    for item in seg.SegmentSequence:
        assert item.SegmentedPropertyTypeCodeSequence[0].CodeValue == "36118008"
        assert item.SegmentLabel == item.SegmentLabel.upper()
        assert len(item.SegmentLabel) <= 16


def test_another_mask_another_model_or_another_choice_has_another_uid():
    orders = [
        order_of(KIND),
        order_of(KIND, dicom=DicomChoice(viewer_geometry=True)),
        Order(finding_of(film_of(KIND), calibrated=False), ("seg",)),
        order_of("15-bit computed radiography"),
    ]
    uids = {opened(seg_dicom(order)).SOPInstanceUID for order in orders}
    assert len(uids) == len(orders)


def test_the_name_of_the_file_changes_nothing(tmp_path):
    film = film_of(KIND)
    copy = tmp_path / "other.dcm"
    copy.write_bytes(Path(film.source.path).read_bytes())
    other = finding_of(read_film(copy, lenient=True))
    assert seg_dicom(Order(other, ("seg",))) == seg_dicom(Order(finding_of(film), ("seg",)))


def test_spacing_is_the_films_and_is_not_made_up_where_it_is_unknown():
    known = opened(seg_dicom(order_of("12-bit digital radiography"))).SharedFunctionalGroupsSequence[0]
    assert known.PixelMeasuresSequence[0].PixelSpacing == [0.16, 0.16]
    unknown = opened(seg_dicom(order_of(KIND))).SharedFunctionalGroupsSequence[0]
    assert "PixelMeasuresSequence" not in unknown


def test_viewer_geometry_is_a_plane_at_the_origin():
    seg = opened(seg_dicom(order_of(KIND, dicom=DicomChoice(viewer_geometry=True))))
    shared, frame = seg.SharedFunctionalGroupsSequence[0], seg.PerFrameFunctionalGroupsSequence[0]
    assert shared.PlaneOrientationSequence[0].ImageOrientationPatient == [1, 0, 0, 0, 1, 0]
    assert frame.PlanePositionSequence[0].ImagePositionPatient == [0, 0, 0]
    assert shared.PixelMeasuresSequence[0].SliceThickness == 1
    assert seg.FrameOfReferenceUID


def test_patient_orientation_and_study_are_the_films():
    order = order_of("12-bit digital radiography")
    seg, film = opened(seg_dicom(order)), order.source.header
    assert seg.PatientOrientation == ["L", "F"]
    for keyword in ("StudyInstanceUID", "PatientID", "PatientName", "StudyID", "AccessionNumber"):
        assert seg[keyword].value == film[keyword].value
    assert seg.SeriesInstanceUID != film.SeriesInstanceUID
    assert (seg.ContentDate, seg.ContentTime) == ("20150131", "102105")


def test_nothing_found_gives_no_seg_unless_asked(tmp_path):
    assert seg_dicom(order_of(KIND, present=False)) is None
    content = seg_dicom(order_of(KIND, present=False, dicom=DicomChoice(empty_seg=True)))
    assert_standard(content, tmp_path)
    assert not opened(content).pixel_array.any()


@pytest.mark.parametrize("kind", [KIND, "8-bit secondary capture without UIDs"])
def test_the_probability_map_comes_back_to_a_level_of_255(kind, tmp_path):
    order = order_of(kind)
    content = fractional_seg_dicom(order)
    assert_standard(content, tmp_path)
    seg = opened(content)
    assert seg.SegmentationFractionalType == "PROBABILITY"
    assert np.abs(seg.pixel_array / 255 - order.finding.probabilities).max() <= 0.5 / 255 + 1e-6
    assert content == fractional_seg_dicom(order_of(kind))


def test_no_private_tag_is_written():
    assert not [element for element in opened(seg_dicom(order_of(KIND))).iterall() if element.tag.is_private]
