"""What is asked of the writers for one film."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pleura.core.types import Finding

if TYPE_CHECKING:
    from pleura.output.dicom.source import SourceImage


@dataclass(frozen=True)
class DicomChoice:
    """How DICOM results are written.

    Attributes:
        viewer_geometry: Invent a plane in space for the SEG, which some viewers need to show it.
        empty_seg: Write a SEG with an empty segment where nothing was found.
    """

    viewer_geometry: bool = False
    empty_seg: bool = False


@dataclass(frozen=True)
class Review:
    """What a reader said of a finding; SEG and SR then speak for the reader.

    Attributes:
        verdict: `accepted` and `edited` stand by the outline of the finding, which `edited` has drawn anew;
            `rejected` says no more than that it is not so.
        reader: as the reader says it: one of the staff, never a patient.
        version: of the reviews of one finding, from 1.
        at: seconds since 1970.
        outline: `automatic` where it is the model's own, `semiautomatic` where a reader corrected it, `manual` where
            nothing of the model's is left in it (PS3.3 C.8.20.2.3).
        supersedes: earlier reports of the same film, as PS3.10 files; the model's own comes first.
    """

    verdict: Literal["accepted", "edited", "rejected"]
    reader: str
    version: int
    at: float
    outline: Literal["automatic", "semiautomatic", "manual"]
    supersedes: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, eq=False)
class Order:
    """One film's finding, the formats that are written of it, how, and what a reader said of it (seg and sr)."""

    finding: Finding
    formats: tuple[str, ...]
    dicom: DicomChoice = DicomChoice()
    review: Review | None = None

    @cached_property
    def source(self) -> "SourceImage":
        """The header of the film's own file, read once for all formats; with a review dated and lettered as that is.

        Raises:
            NoDicomSource: the film was no DICOM file.
            SourceChanged: the file is not the one that was read.
        """
        # Imported where it is needed: pydicom alone costs half a second of a cold start.
        from pleura.output.dicom.source import read_source

        source = read_source(self.finding.film.source)
        if self.review is None:
            return source
        from pleura.output.dicom.reader import reviewed_source

        return reviewed_source(source, self.review)
