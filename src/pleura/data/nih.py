"""Importer of NIH ChestX-ray14: a folder of films and its own table, with outlines where another table has them."""

from dataclasses import dataclass, field
from pathlib import Path

from pleura.core.errors import DatasetError
from pleura.core.rle import EMPTY
from pleura.data.about import read_nih_names
from pleura.data.entry import Entry, Source, film_id, films_by_id
from pleura.data.nih_table import NihTable, read_nih
from pleura.data.siim import SIIM_SIZE, read_codes
from pleura.data.truth import CodeTruth
from pleura.data.unlabelled import NoTruth
from pleura.image import find_films

_FINDING = "pneumothorax"


@dataclass(frozen=True)
class NihTables:
    """The tables beside the films.

    Attributes:
        table: `Data_Entry_2017.csv` or its later version.
        codes: `ImageId, EncodedPixels` of some of the films, or None: nobody outlined any.
        size: rows and columns that the codes were drawn at.
        names: films as `codes` names them and ChestX-ray14 file names (`Kaggle_ID, NIH_ID`); None where `codes` names
            the files themselves.
    """

    table: Path
    codes: Path | None = None
    size: int = SIIM_SIZE
    names: Path | None = None


@dataclass
class _Outlines:
    """Codes by the film's id in ChestX-ray14; `path` is their table."""

    path: Path
    size: int
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def import_nih(folder: Path, tables: NihTables) -> Source:
    """Find every film below `folder` that the table lists.

    The findings of the table were mined from reports by rules (its authors give an accuracy above 90 %): they are no
    truth and say nothing of where. So a set without `codes` has no labels. With `codes`, only films that have a row
    there are imported; the notes say for how many the finding and the outline contradict each other.

    Source: Wang et al. 2017, "ChestX-ray8: Hospital-scale Chest X-ray Database and Benchmarks"; outlines of 12,047
    of its films: Filice et al. 2020, "Crowdsourcing pneumothorax annotations ... in the NIH dataset".

    Raises:
        DatasetError: a film that the table does not list, a table that cannot be understood, codes of no film here.
        InputNotFound: no film at all.
    """
    listed = read_nih(tables.table)
    films = films_by_id(find_films([str(folder)]))
    for name, film in films.items():
        if name not in listed.about:
            raise DatasetError(film, f"has no row in {tables.table.name}", "Add its row, or take the film out.")
    if tables.codes is None:
        entries = tuple(Entry(name, film, NoTruth(), listed.about[name]) for name, film in films.items())
        named = sum(_FINDING in listed.findings[name] for name in films)
        note = f"Findings mined from reports name a {_FINDING} on {named} of {len(films)} films; they were not taken."
        missing = len(listed.about.keys() - films.keys())
        return Source("nih", folder, entries, missing, (note, *listed.notes), labelled=False)
    return _outlined(folder, films, listed, _outlines(tables.codes, tables))


def _outlines(path: Path, tables: NihTables) -> _Outlines:
    names = read_nih_names(tables.names) if tables.names else None
    if tables.names is not None and not names:
        raise DatasetError(tables.names, "names no ChestX-ray14 file", "Give a table with the column NIH_ID.")
    found = _Outlines(path, tables.size)
    for key, codes in read_codes(path).items():
        name = film_id(Path(key)) if names is None else names.get(key)
        if name is None:
            continue
        if name in found.codes:
            raise DatasetError(path, f"outlines film {name} under two ids", "Keep one of them.")
        found.codes[name] = codes
    return found


def _outlined(folder: Path, films: dict[str, Path], listed: NihTable, outlines: _Outlines) -> Source:
    codes = outlines.codes
    entries = tuple(
        Entry(name, film, CodeTruth(outlines.path, name, codes[name], outlines.size), listed.about[name])
        for name, film in films.items()
        if name in codes
    )
    if not entries:
        reason = f"has no row for any of the {len(films)} films in {folder}"
        raise DatasetError(outlines.path, reason, "Give the table that maps its ids to ChestX-ray14 files (--map).")
    against = sum((_FINDING in listed.findings[each.id]) != (codes[each.id] != (EMPTY,)) for each in entries)
    notes = (
        f"Truth: {outlines.path.name}, drawn at {outlines.size} x {outlines.size}; "
        f"{len(films) - len(entries)} films without a row were left out.",
        f"Findings mined from reports contradict the truth's presence on {against} of {len(entries)} films.",
    )
    return Source("nih", folder, entries, len(codes.keys() - films.keys()), (*notes, *listed.notes))
