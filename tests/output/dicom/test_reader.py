"""What a reader said of a finding, as SEG and SR."""

import dataclasses

import highdicom
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.valuerep import PersonName

from dicom_findings import KINDS, assert_standard, dumped, opened, order_of
from pleura.output.dicom.reader import person_name
from pleura.output.dicom.seg import seg_dicom
from pleura.output.dicom.sr import sr_dicom
from pleura.output.order import Review

KIND = "12-bit digital radiography"
AT = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC
ACCEPTED = Review("accepted", "Ada^Lovelace", 1, AT, "automatic")
EDITED = Review("edited", "Dr. Ada Lovelace", 1, AT, "semiautomatic")
DRAWN = dataclasses.replace(EDITED, outline="manual")
REJECTED = dataclasses.replace(ACCEPTED, verdict="rejected")


def reviewed(review, kind=KIND, **more):
    order = order_of(kind, **more)
    return dataclasses.replace(order, review=dataclasses.replace(review, supersedes=(sr_dicom(order),)))


CASES = [*((kind, EDITED) for kind in KINDS), *((KIND, review) for review in (ACCEPTED, DRAWN, REJECTED))]


@pytest.mark.parametrize(("kind", "review"), CASES, ids=lambda each: getattr(each, "verdict", each))
def test_reviewed_objects_are_standard_and_the_same_on_every_run(kind, review, tmp_path):
    order = reviewed(review, kind)
    sr, seg = sr_dicom(order), seg_dicom(order)
    assert_standard(sr, tmp_path)
    assert (sr, seg) == (sr_dicom(reviewed(review, kind)), seg_dicom(reviewed(review, kind)))
    if seg is not None:
        assert_standard(seg, tmp_path)


@pytest.mark.parametrize(("review", "made"), [(ACCEPTED, "AUTOMATIC"), (EDITED, "SEMIAUTOMATIC"), (DRAWN, "MANUAL")])
def test_a_segment_says_how_it_was_made_and_who_stands_by_it(review, made, tmp_path):
    order = reviewed(review)
    (tmp_path / "seg.dcm").write_bytes(seg_dicom(order))
    seg = highdicom.seg.segread(tmp_path / "seg.dcm")
    assert {str(each.algorithm_type.value) for each in map(seg.get_segment_description, (1, 2))} == {made}
    assert ("SegmentAlgorithmName" in seg.SegmentSequence[0]) == (made != "MANUAL")
    assert seg.ContentCreatorName == person_name(review.reader)
    planes = seg.get_pixels_by_source_instance([order.source.header.SOPInstanceUID])[0]
    assert np.array_equal(planes.any(axis=-1), order.finding.mask)


def test_a_reader_who_rejects_leaves_no_outline_and_a_report_without_an_answer(tmp_path):
    order = reviewed(REJECTED)
    assert seg_dicom(order) is None
    words = dumped(sr_dicom(order), tmp_path)
    assert '"Verdict of the reader")=(rejected,99PLEURA,"Rejected")' in words
    assert '"Pneumothorax")' not in words
    assert "NUM:" not in words
    assert "SCOORD:" not in words


def test_a_report_is_verified_by_the_reader_and_supersedes_the_models(tmp_path):
    order = reviewed(EDITED)
    sr, model = opened(sr_dicom(order)), opened(sr_dicom(order_of(KIND)))
    (observer,) = sr.VerifyingObserverSequence
    assert (sr.VerificationFlag, observer.VerifyingObserverName) == ("VERIFIED", "Dr. Ada Lovelace^")
    assert str(observer.VerificationDateTime)[:14] == sr.ContentDate + sr.ContentTime
    (study,) = sr.PredecessorDocumentsSequence
    (series,) = study.ReferencedSeriesSequence
    (named,) = series.ReferencedSOPSequence
    assert (study.StudyInstanceUID, series.SeriesInstanceUID) == (model.StudyInstanceUID, model.SeriesInstanceUID)
    assert named.ReferencedSOPInstanceUID == model.SOPInstanceUID
    words = dumped(sr_dicom(order), tmp_path)
    assert '"Person Observer Name")="Dr. Ada Lovelace^"' in words
    assert '"Device Observer Name")="pleura"' in words


def test_what_a_reader_drew_has_no_certainty_of_the_model_and_what_was_accepted_has(tmp_path):
    for review, told in ((ACCEPTED, True), (EDITED, False), (DRAWN, False)):
        words = dumped(sr_dicom(reviewed(review)), tmp_path)
        assert ('"Certainty of Finding")' in words) == told
        assert ('"Algorithm Name")' in words) == told
        assert '"Share of the hemithorax")="12.5"' in words


def test_every_version_and_verdict_is_an_object_of_its_own():
    reviews = [None, ACCEPTED, EDITED, DRAWN, REJECTED, dataclasses.replace(EDITED, version=2)]
    orders = [dataclasses.replace(order_of(KIND), review=review) for review in reviews]
    reports = [opened(sr_dicom(order)) for order in orders]
    assert len({str(report.SOPInstanceUID) for report in reports}) == len(reviews)
    assert {str(report.SeriesDescription) for report in reports} == {
        "AI pneumothorax report",
        "Reviewed pneumothorax report",
    }


@pytest.mark.parametrize("kind", ["8-bit secondary capture without UIDs", "15-bit computed radiography"])
def test_a_name_that_the_films_letters_lack_is_written_all_the_same(kind):
    review = dataclasses.replace(EDITED, reader="山田 太郎")
    order = reviewed(review, kind)
    sr = opened(sr_dicom(order))
    assert str(sr.VerifyingObserverSequence[0].VerifyingObserverName) == "山田 太郎^"
    assert str(opened(seg_dicom(order)).ContentCreatorName) == "山田 太郎^"
    assert str(sr.PatientName) == str(order.source.header.PatientName)


@given(st.text(min_size=1, max_size=120))
def test_any_name_becomes_one_person_of_at_most_64_letters(reader):
    name = person_name(reader)
    assert 0 < len(name) <= 64
    assert "^" in name
    assert not set(name) & {"\\", "="}
    assert PersonName(name).ideographic == PersonName(name).phonetic == ""
