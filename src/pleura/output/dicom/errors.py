"""Why a DICOM object cannot be written for a film."""

from pleura.core.errors import PleuraError


class NoDicomSource(PleuraError):
    """A DICOM object was asked for, and the film gives no patient and study to file it under."""

    def __init__(self, name: str, reason: str) -> None:
        remedy = "Give the film as DICOM, or leave out the formats seg, fractional, sr, sc and gsps."
        super().__init__("dicom_source", f"{name}: {reason}", remedy)
        self.reason = reason


class SourceChanged(PleuraError):
    """The film's file is no longer the one that was read."""

    def __init__(self, name: str) -> None:
        super().__init__("source_changed", f"{name}: the file changed since it was read", "Read the film again.")
