"""What pleura asks of a PACS, whatever the protocol."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydicom.dataset import Dataset

from pleura.output.dicom.uids import names_an_object
from pleura.pacs.errors import PacsError

FILM_CLASSES = {
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "SC": "1.2.840.10008.5.1.4.1.1.7",
}
"""Kinds of object that may be a chest film (PS3.4 section B.5): CR, DX for presentation, secondary capture."""

_DATES = re.compile(r"\d{8}(-\d{8})?")
_ACCESSION = re.compile(r"[!-~]([ -~]{0,14}[!-~])?")


@dataclass(frozen=True)
class StudyQuery:
    """Which studies: by UID, by date (YYYYMMDD, or YYYYMMDD-YYYYMMDD with both ends), by accession number.

    What is given must all hold. An accession number is matched literally, without wildcards (PS3.4 C.2.2.2).

    Raises:
        PacsError: nothing is given, or a value has not its form.
    """

    uid: str | None = None
    date: str | None = None
    accession: str | None = None

    def __post_init__(self) -> None:
        if self.uid is None and self.date is None and self.accession is None:
            raise PacsError("pacs_query", "no study was named", "Give --study UID, --date or --accession.")
        if self.uid is not None and not names_an_object(self.uid):
            raise PacsError("pacs_query", "--study is no UID", "Give a Study Instance UID such as 1.2.840.1.2.3.")
        if self.date is not None and _DATES.fullmatch(self.date) is None:
            raise PacsError("pacs_query", "--date is no day", "Give YYYYMMDD or YYYYMMDD-YYYYMMDD.")
        if self.accession is not None and (
            _ACCESSION.fullmatch(self.accession) is None or set(self.accession) & set("*?\\")
        ):
            # Not repeated: an accession number leads to a patient. Only ASCII, for a letter that the query cannot
            # hold would go out as ?, which matches any.
            remedy = "Give 1 to 16 letters of ASCII without *, ? and \\, and no space at an end."
            raise PacsError("pacs_query", "--accession is no accession number", remedy)

    def tags(self) -> dict[str, str]:
        """The keys to match, by keyword."""
        pairs = {"StudyInstanceUID": self.uid, "StudyDate": self.date, "AccessionNumber": self.accession}
        return {keyword: value for keyword, value in pairs.items() if value is not None}

    def matches(self, told: Mapping[str, str]) -> bool:
        """Is an answer, by keyword, what was asked for?

        A server may ignore a key, or match it more loosely (Orthanc takes capital and small letters as one), and the
        studies of other patients would be read.
        """
        return all(
            _same(keyword, asked, told.get(keyword, "").strip(" \0")) for keyword, asked in self.tags().items()
        )


def _same(keyword: str, asked: str, told: str) -> bool:
    if keyword != "StudyDate":
        return told == asked
    first, _, last = asked.partition("-")
    return first <= told.replace(".", "") <= (last or first)


@dataclass(frozen=True, order=True)
class ObjectKey:
    """Where one object stands in a PACS: its study, series, own UID, and the UID of its kind."""

    study: str
    series: str
    uid: str
    kind: str


def key_of(dataset: Dataset) -> ObjectKey:
    """Where an object belongs, as its own header says."""
    return ObjectKey(
        str(dataset.StudyInstanceUID),
        str(dataset.SeriesInstanceUID),
        str(dataset.SOPInstanceUID),
        str(dataset.SOPClassUID),
    )


class Archive(Protocol):
    """One end of a PACS. Every method may raise a `PacsError`, and is safe to repeat."""

    def check(self) -> str:
        """Ask whether it is there; says who answered."""

    def studies(self, query: StudyQuery) -> list[str]:
        """UIDs of the studies that match, sorted."""

    def films(self, study: str, kinds: Collection[str]) -> list[ObjectKey]:
        """The objects of one study whose kind is a name in `FILM_CLASSES`, sorted."""

    def fetch(self, key: ObjectKey) -> bytes:
        """One object as a DICOM file, see `film_file`.

        Raises:
            UnreadableImage: the PACS sent it, and it cannot be parsed.
        """

    def holds(self, key: ObjectKey) -> bool:
        """Is an object of this UID there?"""

    def store(self, content: bytes) -> None:
        """Store one object, given as a DICOM file (PS3.10)."""

    def close(self) -> None:
        """Let go of connections and ports."""
