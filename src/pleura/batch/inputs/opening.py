"""From what the user names as input to a source of films."""

import importlib.util
from pathlib import Path

from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.film_list import ListSource
from pleura.batch.inputs.film_table import TABLES, TableSource
from pleura.batch.inputs.folder import FolderSource
from pleura.batch.inputs.objects import ObjectSource
from pleura.batch.inputs.places import Places, checked
from pleura.batch.inputs.source import Source
from pleura.batch.store import filesystem, is_url, local_path
from pleura.batch.studies import StudyChoice

_LIST = ".txt"
_PACS = ".toml"
_NONE_NAMED = StudyChoice()


def open_source(named: str, studies: StudyChoice = _NONE_NAMED) -> Source:
    """The source that an input means: its films are asked for later.

    A folder gives its films, also one that is written as file://; a `.txt` file is a list, `.csv`, `.csv.gz` and
    `.parquet` are tables, a `.toml` file is the config of a PACS; any other URL is a prefix of an object store.

    Raises:
        BatchInputError: no such input, one of a kind that is none of these, studies where it is no PACS, or a
            package that it needs is missing.
        PacsError: the query of a PACS makes no sense.
        StoreError: nothing installed here speaks the protocol of a URL.
    """
    if (path := local_path(named)) is not None:
        named = str(path)
    if is_url(named):
        checked(named, "INPUT", "the URL")
        filesystem(named)
    elif not Path(named).exists():
        raise BatchInputError(named, "there is no such file or folder", "Name a folder, a list, a table or a URL.")
    is_folder, ending = not is_url(named) and Path(named).is_dir(), named.lower()
    if ending.endswith(_PACS) and not is_folder and not is_url(named):
        return _archive(Path(named), studies)
    if studies != _NONE_NAMED:
        remedy = "Give the config file of a PACS (.toml) as input, or leave --study, --date and --accession."
        raise BatchInputError(named, "is no PACS that could be asked for studies", remedy)
    if is_folder:
        return FolderSource(Path(named).absolute())
    if ending.endswith(_LIST):
        return ListSource(named, Places(_folder_of(named)))
    if ending.endswith(TABLES):
        return TableSource(named, Places(_folder_of(named)))
    if is_url(named):
        return ObjectSource(Places(named.rstrip("/")))
    kinds = ", ".join((_LIST, *TABLES, _PACS))
    remedy = f"Name a folder, or a file that ends in {kinds}."
    raise BatchInputError(named, "is no folder and no list of films", remedy)


def _folder_of(named: str) -> str:
    return named.rpartition("/")[0] if is_url(named) else str(Path(named).absolute().parent)


def _archive(config: Path, studies: StudyChoice) -> Source:
    if any(importlib.util.find_spec(module) is None for module in ("dicomweb_client", "pynetdicom", "requests")):
        remedy = 'Run: pip install "pleura[pacs]".'
        raise BatchInputError(str(config), "packages are missing that speak with a PACS", remedy)
    from pleura.batch.inputs.archive import ArchiveSource
    from pleura.pacs.archive import StudyQuery

    return ArchiveSource(config.absolute(), StudyQuery(studies.study, studies.date, studies.accession))
