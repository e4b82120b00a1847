"""Which studies of a PACS are films of a batch; imports nothing, so that the command line may hold it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StudyChoice:
    """Which studies are read where FILMS is the config file of a PACS.

    Attributes:
        study: A Study Instance UID.
        date: The day of the study, YYYYMMDD, or days, YYYYMMDD-YYYYMMDD.
        accession: An accession number.
    """

    study: str | None = None
    date: str | None = None
    accession: str | None = None
