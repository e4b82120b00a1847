"""The summary of a study (PS3.16 TID 1500): which of its films were read, and what each of them shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from highdicom.sr import (
    MeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    SourceImageForMeasurementGroup,
    TrackingIdentifier,
)

from pleura.core.caption import RESEARCH_USE
from pleura.core.errors import UnreadableImage
from pleura.core.types import ModelIdentity, Side
from pleura.output.dicom.codes import ABSENT, NOT_ATTEMPTED, PNEUMOTHORAX, PRESENT, SUCCEEDED, SUMMARY
from pleura.output.dicom.groups import Group, commented, film_group
from pleura.output.dicom.identity import Identity
from pleura.output.dicom.source import SourceImage, quiet, read_refused
from pleura.output.dicom.sr import about_uids, spoken, unread_group, written_report
from pleura.output.dicom.uids import derived_uid
from pleura.output.order import Order


@dataclass(frozen=True, eq=False)
class StudyFilm:
    """What a summary says of one film; it holds no pixels, for a study may have many films.

    Attributes:
        source: the film's header.
        group: the film's part of the summary.
        said: what tells this film and its result from every other.
        present: the decision, or None of a film that was refused.
    """

    source: SourceImage
    group: Group
    said: str
    present: bool | None


def film_that_was_read(order: Order) -> StudyFilm:
    """Remember a film that was read.

    Raises:
        NoDicomSource: the film was no DICOM file.
        SourceChanged: the file is not the one that was read.
    """
    finding, said = order.finding, Identity.of(order, "sr").uid
    sides = [side.value for side in Side if any(region.side is side for region in finding.regions)]
    with quiet():
        comments = spoken(finding) + ([f"Side of the finding: {', '.join(sides)}"] if sides else [])
        group = film_group(finding, order.source.header, f"summary {said}", comments)
    return StudyFilm(order.source, group, said, finding.present)


def film_that_was_refused(error: UnreadableImage) -> StudyFilm | None:
    """Remember a film that was refused and why, or None where no sound header says whose film it is."""
    found = read_refused(Path(error.path))
    if found is None:
        return None
    source, sha256 = found
    said = f"{sha256} {error.code} {error.reason}"
    with quiet():
        group = unread_group(source.header, f"summary {said}")
        commented(group, [f"Not read [{error.code}]: {error.reason}. {error.remedy}"])
    return StudyFilm(source, group, said, None)


def summary_dicom(films: Sequence[StudyFilm], unknown: Sequence[str], model: ModelIdentity) -> bytes | None:
    """One report of all films of a study; a film that was not read stands in it with the reason.

    The study has a pneumothorax where any film has one. It is filed beside the latest film.

    Args:
        films: those of one study.
        unknown: UIDs of objects that no sound header is known of.
        model: who read them.

    Returns:
        A PS3.10 file, or None where there is no film to file it beside.
    """
    if not films:
        return None
    ordered = sorted(films, key=lambda film: (film.source.date, film.source.time, film.source.header.SOPInstanceUID))
    latest = ordered[-1].source
    identity = Identity.about(latest, "summary", model, (*(film.said for film in ordered), *sorted(unknown)))
    read = [film for film in ordered if film.present is not None]
    with quiet():
        group = _study_group(read, identity.uid)
        counted = f"Films of the study: {len(films) + len(unknown)}, read: {len(read)}"
        lost = [f"Not read: object {uid}, which did not come or cannot be parsed" for uid in sorted(unknown)]
        commented(group, [RESEARCH_USE, counted, *lost, *about_uids(latest)])
        groups, evidence = [group, *(film.group for film in ordered)], [film.source.header for film in ordered]
        return written_report(latest, identity, model, groups, [latest.header, *evidence[:-1]], read=bool(read))


def _study_group(read: Sequence[StudyFilm], uid: str) -> Group:
    present = any(film.present for film in read)
    evaluations = [QualitativeEvaluation(SUMMARY, SUCCEEDED if read else NOT_ATTEMPTED)]
    if read:
        evaluations.append(QualitativeEvaluation(PNEUMOTHORAX, PRESENT if present else ABSENT))
    headers = [film.source.header for film in read]
    return MeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(derived_uid("tracking", uid, "Study"), "Study"),
        qualitative_evaluations=evaluations,
        source_images=[SourceImageForMeasurementGroup(each.SOPClassUID, each.SOPInstanceUID) for each in headers],
    )
