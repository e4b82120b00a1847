"""Importer of the SIIM-ACR challenge's layout: a folder of films and one table of run-length codes."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from pleura.core.errors import DatasetError
from pleura.core.rle import EMPTY
from pleura.data.about import read_about, read_patients, with_patient
from pleura.data.entry import About, Entry, Source, films_by_id
from pleura.data.tables import Table
from pleura.data.truth import CodeTruth
from pleura.image import find_films

SIIM_SIZE = 1024


@dataclass(frozen=True)
class SiimTables:
    """The tables beside the films.

    Attributes:
        codes: `ImageId, EncodedPixels`, a row a lesion or `-1`; `.csv` or `.csv.gz`.
        size: rows and columns that the codes were drawn at.
        cases: sex, age, view, patient and spacing of films, or None.
        patients: the patient of each film, or None.
    """

    codes: Path
    size: int = SIIM_SIZE
    cases: Path | None = None
    patients: Path | None = None


def import_siim(folder: Path, tables: SiimTables) -> Source:
    """Find every film below `folder` with its rows.

    Raises:
        DatasetError: a film without a row, a table that cannot be understood.
        InputNotFound: no film at all.
    """
    codes = _read_codes(tables.codes)
    films = films_by_id(find_films([str(folder)]))
    about, notes = read_about(tables.cases) if tables.cases else ({}, ())
    patients = read_patients(tables.patients) if tables.patients else {}
    entries = []
    for name, film in films.items():
        if name not in codes:
            raise DatasetError(film, f"has no row in {tables.codes.name}", "Add its row, -1 for a film without one.")
        truth = CodeTruth(tables.codes, name, codes[name], tables.size)
        known = with_patient(about.get(name, About()), patients.get(name))
        entries.append(Entry(name, film, truth, known))
    merged = sum(len(codes[name]) > 1 for name in films)
    drawn = f"Truth: {tables.codes.name}, drawn at {tables.size} x {tables.size}; rows merged for {merged} films."
    return Source("siim", folder, tuple(entries), len(codes.keys() - films.keys()), (drawn, *notes))


def _read_codes(path: Path) -> dict[str, tuple[str, ...]]:
    """Rows of each image, in the table's order; an image that has both -1 and a code is refused."""
    rows: dict[str, list[str]] = defaultdict(list)
    for row in Table.read(path, required=("ImageId", "EncodedPixels")).rows:
        rows[row["ImageId"]].append(row["EncodedPixels"] or EMPTY)
    for name, codes in rows.items():
        if len(codes) > 1 and EMPTY in codes:
            raise DatasetError(path, f"row {name}: both -1 and a code", "Remove one of them.")
    return {name: tuple(codes) for name, codes in rows.items()}
