"""What is asked of the writers for one film."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, eq=False)
class Order:
    """One film's finding, the formats that are written of it, and how."""

    finding: Finding
    formats: tuple[str, ...]
    dicom: DicomChoice = DicomChoice()

    @cached_property
    def source(self) -> "SourceImage":
        """The header of the film's own file, read once for all formats.

        Raises:
            NoDicomSource: the film was no DICOM file.
            SourceChanged: the file is not the one that was read.
        """
        # Imported where it is needed: pydicom alone costs half a second of a cold start.
        from pleura.output.dicom.source import read_source

        return read_source(self.finding.film.source)
