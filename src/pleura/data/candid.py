"""Importer of CANDID-PTX's layout: a folder of DICOM films and `Pneumothorax_reports.csv`."""

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from pleura.core.errors import DatasetError
from pleura.core.rle import EMPTY
from pleura.data.entry import Entry, Source, films_by_id
from pleura.data.known import AboutTables
from pleura.data.siim import SIIM_SIZE
from pleura.data.tables import Table
from pleura.data.truth import CodeTruth
from pleura.image import find_films

_IDS = ("SOPInstanceUID", "anon_SOPUID")
_CODES = ("EncodedPixels", "mask_rle")
_FILE = "filename"
_NO_TABLES = AboutTables()


@dataclass(frozen=True)
class _Rows:
    """What the table says of one film: its codes, `-1` for none and empty where nobody decided, and its patients."""

    codes: tuple[str, ...]
    patients: frozenset[str]


def import_candid(folder: Path, table: Path, tables: AboutTables = _NO_TABLES) -> Source:
    """Pair each film below `folder` with its rows; films are named by their SOP instance UID.

    The layout is that of Feng et al. 2021, "Curation of the CANDID-PTX Dataset with Free-Text Reports" (Radiology:
    Artificial Intelligence 3:e210136), as programs that read it have it, for the data themselves are under agreement:

    - `SOPInstanceUID, EncodedPixels`, a row a region and `-1` for none, coded as SIIM-ACR does it (offsets relative
      to the end of the run before, down the columns) at 1024 x 1024; other columns, the report above all, are unused;
    - `filename`, where it is there, begins with the patient's number up to the first `_`. A film that stands under
      two patients is flawed, one whose code is empty was not decided: both are left out, and the notes say how many.

    Args:
        folder: of the films.
        table: `.csv` or `.csv.gz`.
        tables: what else is known of the films.

    Raises:
        DatasetError: a film without a row, both -1 and a code, a table that cannot be understood.
        InputNotFound: no film at all.
    """
    rows = _read_rows(table)
    films = films_by_id(find_films([str(folder)]))
    about = tables.read()
    entries, undecided, flawed = [], 0, 0
    for name, film in films.items():
        if name not in rows:
            remedy = "Add its row, -1 for a film without one, or take the film out."
            raise DatasetError(film, f"has no row in {table.name}", remedy)
        found = rows[name]
        if len(found.patients) > 1:
            flawed += 1
        elif "" in found.codes:
            undecided += 1
        else:
            known = about.of(name)
            patient = known.patient or next(iter(found.patients), None)
            truth = CodeTruth(table, name, found.codes, SIIM_SIZE)
            entries.append(Entry(name, film, truth, replace(known, patient=patient)))
    notes = (
        f"Truth: {table.name}, drawn at {SIIM_SIZE} x {SIIM_SIZE}. Left out: {undecided} films whose code is empty, "
        f"{flawed} films that stand under several patients.",
        *about.notes,
    )
    return Source("candid", folder, tuple(entries), len(rows.keys() - films.keys()), notes)


def _read_rows(path: Path) -> dict[str, _Rows]:
    table = Table.read(path)
    key, column = table.column(_IDS), table.column(_CODES)
    codes: dict[str, list[str]] = defaultdict(list)
    patients: dict[str, set[str]] = defaultdict(set)
    for row in table.rows:
        name = row[key]
        if row[column] not in codes[name]:
            codes[name].append(row[column])
        if row.get(_FILE):
            patients[name].add(row[_FILE].partition("_")[0])
    for name, found in codes.items():
        if EMPTY in found and len(found) > 1 and len(patients[name]) < 2:
            raise DatasetError(path, f"row {name}: both -1 and a code", "Remove one of them.")
    return {name: _Rows(tuple(found), frozenset(patients[name])) for name, found in codes.items()}
