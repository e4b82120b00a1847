"""A PACS as source of films and home of results: DICOMweb and DIMSE, by one config file."""

from pleura.pacs.archive import StudyQuery
from pleura.pacs.config import PacsConfig, read_config
from pleura.pacs.errors import PacsError
from pleura.pacs.link import Link, open_link
from pleura.pacs.study import StudyOutcome, read_study

__all__ = [
    "Link",
    "PacsConfig",
    "PacsError",
    "StudyOutcome",
    "StudyQuery",
    "open_link",
    "read_config",
    "read_study",
]
