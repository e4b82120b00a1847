"""A PACS as source of films and home of results: DICOMweb and DIMSE, by one config file."""

from pleura.pacs.archive import StudyQuery
from pleura.pacs.config import PacsConfig, read_config
from pleura.pacs.errors import PacsError

__all__ = ["PacsConfig", "PacsError", "StudyQuery", "read_config"]
