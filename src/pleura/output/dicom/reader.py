"""The reader in DICOM: the name, the moment, the verdict, and the reports that a reader's own supersedes."""

import io
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from highdicom.sr import (
    CodedConcept,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    QualitativeEvaluation,
)
from pydicom import dcmread
from pydicom.charset import python_encoding
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from pleura.output.dicom.codes import VERDICT, VERDICTS
from pleura.output.dicom.source import SourceImage
from pleura.output.order import Review

_UTF8 = ("ISO_IR 192",)
_MOST_LETTERS = 64
_NOT_IN_NAMES = re.compile(r"[\\=\x00-\x1f\x7f]")
_NOT_STATED = "not stated"
"""VerifyingOrganization is type 1 (PS3.3 C.17.2), and nobody asked the reader for one."""


def reviewed_source(source: SourceImage, review: Review) -> SourceImage:
    """The film's header for objects of a review: their dates are those of the review, their letters hold the name."""
    at = moment_of(source, review)
    fits = _holds(source.characters, person_name(review.reader))
    characters = source.characters if fits else _UTF8
    return replace(source, date=f"{at:%Y%m%d}", time=f"{at:%H%M%S}", characters=characters)


def moment_of(source: SourceImage, review: Review) -> datetime:
    """When the review was given, by the clock of the film: its TimezoneOffsetFromUTC, or this machine's."""
    offset = source.header.get("TimezoneOffsetFromUTC", "")
    if not offset:
        return datetime.fromtimestamp(review.at).astimezone()
    minutes = int(f"{offset[0]}1") * (60 * int(offset[1:3]) + int(offset[3:5]))
    return datetime.fromtimestamp(review.at, timezone(timedelta(minutes=minutes)))


def person_name(reader: str) -> str:
    """A reader's name as a person name (PS3.5 section 6.2.1).

    It is not taken apart: what is written without carets stands as the family name, whole. Backslashes and equals
    signs, which have a meaning there, become spaces; what is longer than 64 letters is cut.
    """
    plain = _NOT_IN_NAMES.sub(" ", reader).strip()
    return plain[:_MOST_LETTERS] if "^" in plain else plain[: _MOST_LETTERS - 1].rstrip() + "^"


def person_context(review: Review) -> ObserverContext:
    """The reader as the person who observed (PS3.16 TID 1003)."""
    attributes = PersonObserverIdentifyingAttributes(person_name(review.reader))
    return ObserverContext(CodedConcept.from_code(codes.DCM.Person), attributes)


def verdict_of(review: Review) -> QualitativeEvaluation:
    """Accepted, corrected or rejected."""
    return QualitativeEvaluation(VERDICT, VERDICTS[review.verdict])


def verify(report: Dataset, source: SourceImage, review: Review) -> None:
    """Say in a report that the reader stands by it (PS3.3 C.17.2)."""
    observer = Dataset()
    observer.VerifyingObserverName = person_name(review.reader)
    observer.VerifyingOrganization = _NOT_STATED
    observer.VerificationDateTime = f"{moment_of(source, review):%Y%m%d%H%M%S%z}"
    observer.VerifyingObserverIdentificationCodeSequence = []
    report.VerificationFlag = "VERIFIED"
    report.VerifyingObserverSequence = [observer]


def superseded(review: Review) -> list[Dataset]:
    """The earlier reports, as Predecessor Documents names them."""
    return [dcmread(io.BytesIO(content), stop_before_pixels=True) for content in review.supersedes]


def _holds(characters: tuple[str, ...], name: str) -> bool:
    """Does a character set hold a name? Of several at once only the letters of ASCII are counted on."""
    if name.isascii():
        return True
    if len(characters) != 1:
        return False
    try:
        name.encode(python_encoding[characters[0]])
    except UnicodeEncodeError:
        return False
    return True
