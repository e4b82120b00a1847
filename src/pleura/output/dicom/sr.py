"""Structured report of a film (PS3.16 TID 1500): what was found, that nothing was found, or why it was refused."""

import copy
from collections.abc import Sequence
from pathlib import Path

from highdicom.sr import (
    CodedConcept,
    ComprehensiveSR,
    DeviceObserverIdentifyingAttributes,
    LanguageOfContentItemAndDescendants,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    QualitativeEvaluation,
    SourceImageForMeasurementGroup,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from pleura.core.caption import RESEARCH_USE, caption_of
from pleura.core.errors import UnreadableImage
from pleura.core.types import Finding, ModelIdentity
from pleura.output.dicom.codes import ENGLISH, IMAGING, NOT_ATTEMPTED, PLAIN_FILM, REPORT, SUMMARY
from pleura.output.dicom.finish import finish
from pleura.output.dicom.groups import Group, commented, film_group, region_group, reservations, side_group
from pleura.output.dicom.identity import DEVICE, MANUFACTURER, Identity
from pleura.output.dicom.reader import person_context, superseded, verify
from pleura.output.dicom.seg import SEG_CLASS
from pleura.output.dicom.segments import segments_of
from pleura.output.dicom.source import SourceImage, quiet, read_refused
from pleura.output.dicom.uids import derived_uid
from pleura.output.order import Order, Review


def sr_dicom(order: Order) -> bytes:
    """The report of a film that was read; it says so too where nothing was found.

    With a review it is the reader's report: verified by the reader, it supersedes the model's. Of a finding that the
    reader rejects it says that, and nothing of what is there.

    Raises:
        NoDicomSource: the film was no DICOM file.
        SourceChanged: the file is not the one that was read.
    """
    finding, source, review = order.finding, order.source, order.review
    identity, film = Identity.of(order, "sr"), source.header
    rejected = review is not None and review.verdict == "rejected"
    comments = [*(spoken(finding) if review is None else told(review, finding)), RESEARCH_USE, *about_uids(source)]
    comments += [note.text for note in finding.notes] + ([] if rejected else reservations(finding.measures))
    with quiet():
        segments = () if rejected else segments_of(finding)
        seg = _seg_beside(order) if segments and "seg" in order.formats else None
        seg_uid = None if seg is None else str(seg.SOPInstanceUID)
        groups = [film_group(finding, film, identity.uid, comments, review)]
        groups += [side_group(order, identity.uid, segment, seg_uid) for segment in segments]
        regions = () if rejected else finding.regions
        groups += [region_group(order, identity.uid, number, region) for number, region in enumerate(regions, 1)]
        evidence = [film] if seg is None else [film, seg]
        return written_report(source, identity, finding.model, groups, evidence, review=review)


def refusal_sr_dicom(error: UnreadableImage, model: ModelIdentity) -> bytes | None:
    """The report of a film that was refused and why, or None where no sound header says whose film it is."""
    found = read_refused(Path(error.path))
    if found is None:
        return None
    source, sha256 = found
    film, identity = source.header, Identity.about(source, "sr", model, (sha256, error.code, error.reason))
    with quiet():
        group = unread_group(film, identity.uid)
        why = f"The film was refused [{error.code}]: {error.reason}. {error.remedy}"
        commented(group, [RESEARCH_USE, *about_uids(source), why])
        return written_report(source, identity, model, [group], [film], read=False)


def unread_group(film: Dataset, uid: str) -> Group:
    """What is said of a film that was refused: nothing but that."""
    return MeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(derived_uid("tracking", uid, "Film"), "Film"),
        qualitative_evaluations=[QualitativeEvaluation(SUMMARY, NOT_ATTEMPTED)],
        source_images=[SourceImageForMeasurementGroup(film.SOPClassUID, film.SOPInstanceUID)],
    )


def written_report(
    source: SourceImage,
    identity: Identity,
    model: ModelIdentity,
    groups: Sequence[Group],
    evidence: list[Dataset],
    *,
    read: bool = True,
    review: Review | None = None,
) -> bytes:
    """A report with these groups; a film that was not `read` may show anything; its reader verifies a review."""
    device = DeviceObserverIdentifyingAttributes(
        derived_uid("device", DEVICE, identity.software, model.sha256),
        DEVICE,
        MANUFACTURER,
        f"{model.name} {model.version}",
        identity.serial,
    )
    observer = ObserverContext(CodedConcept.from_code(codes.DCM.Device), device)
    report = MeasurementReport(
        ObservationContext(
            observer_person_context=None if review is None else person_context(review),
            observer_device_context=observer,
        ),
        procedure_reported=PLAIN_FILM if read else IMAGING,
        imaging_measurements=groups,
        title=REPORT,
        language_of_content_item_and_descendants=LanguageOfContentItemAndDescendants(CodedConcept.from_code(ENGLISH)),
    )
    sr = ComprehensiveSR(
        evidence=evidence,
        content=report,
        series_instance_uid=identity.series_uid,
        series_number=identity.series_number,
        sop_instance_uid=identity.uid,
        instance_number=identity.instance_number,
        manufacturer=MANUFACTURER,
        is_complete=True,
        series_description=identity.series_name,
        manufacturer_model_name=DEVICE,
        software_versions=identity.software,
        device_serial_number=identity.serial,
        previous_versions=None if review is None else superseded(review) or None,
    )
    if review is not None:
        verify(sr, source, review)
    return finish(sr, source)


def _seg_beside(order: Order) -> Dataset:
    """The SEG of the same order, as evidence names it."""
    # A deep copy: pydicom's own shares the elements, and the film would become a SEG with it.
    identity, seg = Identity.of(order, "seg"), copy.deepcopy(order.source.header)
    seg.SOPClassUID, seg.SOPInstanceUID = SEG_CLASS, identity.uid
    seg.SeriesInstanceUID = identity.series_uid
    return seg


def spoken(finding: Finding) -> list[str]:
    """The answer in the words of the overlay, and what its certainty means.

    "Absent" beside a certainty of 30 % can be read as its opposite, and hides that the film rules nothing out.
    """
    words = [f"AI: {caption_of(finding).headline}."]
    if finding.calibrated:
        words.append(
            "Certainty of Finding is the probability that a pneumothorax is there, also where none was found."
        )
    return words


def told(review: Review, finding: Finding) -> list[str]:
    """What a reader said, in words that a report's list shows first."""
    if review.verdict == "rejected":
        return ["Reader: rejected. The model's finding does not hold; what is there was not said."]
    found = "pneumothorax" if finding.present else "no pneumothorax"
    by = {"automatic": "the model's outline", "semiautomatic": "an outline corrected by a reader"}
    outline = by.get(review.outline, "an outline drawn by a reader") if finding.present else "no outline"
    return [f"Reader: {'accepted' if review.verdict == 'accepted' else 'corrected'}, {found}, {outline}."]


def about_uids(source: SourceImage) -> list[str]:
    """A comment on the identifiers that the film lacks, if any."""
    if not source.replaced:
        return []
    return [f"The film has no valid {', '.join(source.replaced)}: derived from its content here."]
