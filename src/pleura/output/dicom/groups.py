"""Measurement groups of the report: one for the film, one a side, one a region (PS3.16 TID 1501 and TID 1410)."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    FindingSite,
    GraphicTypeValues,
    ImageRegion,
    Measurement,
    MeasurementsAndQualitativeEvaluations,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    ReferencedSegmentationFrame,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    SourceImageForRegion,
    SourceImageForSegmentation,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset

from pleura.core.types import Finding, Measure, ModelIdentity, Region, Side
from pleura.output.dicom.codes import (
    ABSENT,
    AI,
    AREA,
    CERTAINTY,
    COMMENT,
    LUNG,
    MEASURES,
    PNEUMOTHORAX,
    PRESENT,
    SCORE,
    SIDES,
    SUCCEEDED,
    SUMMARY,
    THRESHOLD,
    VALUES,
    Measured,
)
from pleura.output.dicom.polygon import polygon_of
from pleura.output.dicom.reader import verdict_of
from pleura.output.dicom.seg import SEG_CLASS
from pleura.output.dicom.segments import Segment
from pleura.output.dicom.uids import derived_uid
from pleura.output.order import Order, Review

Group = MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations


def film_group(
    finding: Finding, film: Dataset, uid: str, comments: Iterable[str], review: Review | None = None
) -> Group:
    """What is said of the whole film: is there a pneumothorax, how sure is that, and the warnings as comments.

    It names no finding, which a reader might take for one that is there, but evaluates "Pneumothorax" as present or
    absent. A reader who rejects says neither; how sure the model is says nothing of what a reader drew.
    """
    measures = [measure for measure in finding.measures if measure.side is None]
    evaluations = [QualitativeEvaluation(SUMMARY, SUCCEEDED)]
    evaluations += [] if review is None else [verdict_of(review)]
    if review is not None and review.verdict == "rejected":
        measures = []
    else:
        evaluations.append(QualitativeEvaluation(PNEUMOTHORAX, PRESENT if finding.present else ABSENT))
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(uid, "Film"),
        algorithm_id=_algorithm(finding.model, review),
        measurements=[*_sureness(finding, review), *_numbers(measures)],
        qualitative_evaluations=[*evaluations, *_evaluations(measures)],
        source_images=[SourceImageForMeasurementGroup(film.SOPClassUID, film.SOPInstanceUID)],
    )
    return commented(group, comments)


def side_group(order: Order, uid: str, segment: Segment, seg_uid: str | None) -> Group:
    """What is said of one side; it points to the side's segment where a SEG is written."""
    finding, film = order.finding, order.source.header
    measures = [measure for measure in finding.measures if measure.side is segment.side]
    tracking = _tracking(uid, f"Side {segment.side.value}")
    numbers, evaluations = _numbers(measures), _evaluations(measures)
    algorithm, sites = _algorithm(finding.model, order.review), _sites(segment.side)
    if seg_uid is None:
        return MeasurementsAndQualitativeEvaluations(
            tracking,
            finding_type=PNEUMOTHORAX,
            algorithm_id=algorithm,
            finding_sites=sites,
            measurements=numbers,
            qualitative_evaluations=evaluations,
            source_images=[SourceImageForMeasurementGroup(film.SOPClassUID, film.SOPInstanceUID)],
        )
    source = SourceImageForSegmentation(film.SOPClassUID, film.SOPInstanceUID)
    reference = ReferencedSegmentationFrame(SEG_CLASS, seg_uid, segment.number, segment.number, source)
    # A segment has one frame here, and viewers follow the segment's number.
    del reference[0].ReferencedSOPSequence[0].ReferencedFrameNumber
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking,
        referenced_segment=reference,
        finding_type=PNEUMOTHORAX,
        algorithm_id=algorithm,
        finding_sites=sites,
        measurements=numbers,
        qualitative_evaluations=evaluations,
    )


def region_group(order: Order, uid: str, number: int, region: Region) -> Group:
    """One region: its polygon, its area where the spacing is known, and the film's probability."""
    finding, film = order.finding, order.source.header
    image = SourceImageForRegion(film.SOPClassUID, film.SOPInstanceUID)
    # PS3.3 C.18.6.1.2: the first pixel's upper left corner is (0, 0), its centre (0.5, 0.5).
    corners = polygon_of(region) + 0.5
    area = [] if region.area_cm2 is None else [_number(AREA, region.area_cm2)]
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        _tracking(uid, f"Region {number}"),
        referenced_region=ImageRegion(GraphicTypeValues.POLYLINE, corners, image),
        finding_type=PNEUMOTHORAX,
        algorithm_id=_algorithm(finding.model, order.review),
        finding_sites=_sites(region.side),
        measurements=[*area, *([] if _by_hand(order.review) else _certainty(finding))],
    )


def commented(group: Group, comments: Iterable[str]) -> Group:
    """The same group with a line of text for each comment, in ASCII, which every character set of a film holds."""
    for comment in comments:
        plain = unicodedata.normalize("NFKC", comment).encode("ascii", "replace").decode("ascii")
        item = TextContentItem(CodedConcept.from_code(COMMENT), plain, RelationshipTypeValues.CONTAINS)
        group[0].ContentSequence.append(item)
    return group


def reservations(measures: Iterable[Measure]) -> list[str]:
    """What is not assessed and why, and what limits a value that is, a line for each measure."""
    return [
        f"{'Not assessed' if each.value is None else 'Limited'}: {each.name}"
        f"{'' if each.side is None else f', {each.side.value}'}: {each.reason}"
        for each in measures
        if each.value is None or each.reason
    ]


def _tracking(uid: str, name: str) -> TrackingIdentifier:
    return TrackingIdentifier(derived_uid("tracking", uid, name), name)


def _algorithm(model: ModelIdentity, review: Review | None) -> AlgorithmIdentification | None:
    """The model, where what is said is the model's."""
    if _by_hand(review):
        return None
    return AlgorithmIdentification(model.name, model.version, [f"sha256 {model.sha256}"], AI)


def _sites(side: Side) -> list[FindingSite]:
    return [FindingSite(LUNG, SIDES.get(side))]


def _by_hand(review: Review | None) -> bool:
    """Whether a reader drew what is measured, or says no more than that the model is wrong."""
    return review is not None and (review.outline != "automatic" or review.verdict == "rejected")


def _sureness(finding: Finding, review: Review | None) -> list[Measurement]:
    if _by_hand(review):
        return []
    return [*_certainty(finding), _number(SCORE, finding.score), _number(THRESHOLD, finding.threshold)]


def _certainty(finding: Finding) -> list[Measurement]:
    """The probability, where a calibration makes it one."""
    return [_number(CERTAINTY, finding.probability)] if finding.calibrated else []


def _numbers(measures: Iterable[Measure]) -> list[Measurement]:
    coded = ((MEASURES.get(each.name), each.value) for each in measures)
    return [_number(code, value) for code, value in coded if isinstance(code, Measured) and _is_number(value)]


def _evaluations(measures: Iterable[Measure]) -> list[QualitativeEvaluation]:
    coded = ((MEASURES.get(each.name), VALUES.get(each.value)) for each in measures if each.value is not None)
    return [
        QualitativeEvaluation(code, value)
        for code, value in coded
        if code is not None and not isinstance(code, Measured) and value is not None
    ]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(measured: Measured, value: Any) -> Measurement:  # noqa: ANN401 - a number, see `_is_number`
    """A number in its unit, to the sixteen letters that a decimal string holds (PS3.5 section 6.2)."""
    number = float(f"{value * measured.factor:.6g}")
    return Measurement(measured.name, int(number) if number.is_integer() else number, measured.unit)
