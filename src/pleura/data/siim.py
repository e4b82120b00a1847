"""Importer of the SIIM-ACR challenge's layout: a folder of films and one table of run-length codes."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from pleura.core.errors import DatasetError
from pleura.core.rle import EMPTY
from pleura.data.entry import Entry, Source, films_by_id
from pleura.data.known import AboutTables
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
    codes = read_codes(tables.codes)
    films = films_by_id(find_films([str(folder)]))
    about = AboutTables(tables.cases, tables.patients).read()
    entries = []
    for name, film in films.items():
        if name not in codes:
            raise DatasetError(film, f"has no row in {tables.codes.name}", "Add its row, -1 for a film without one.")
        truth = CodeTruth(tables.codes, name, codes[name], tables.size)
        entries.append(Entry(name, film, truth, about.of(name)))
    merged = sum(len(codes[name]) > 1 for name in films)
    drawn = f"Truth: {tables.codes.name}, drawn at {tables.size} x {tables.size}; rows merged for {merged} films."
    return Source("siim", folder, tuple(entries), len(codes.keys() - films.keys()), (drawn, *about.notes))


def read_codes(path: Path, key: str = "ImageId") -> dict[str, tuple[str, ...]]:
    """Rows of each image, in the table's order; an image that has both -1 and a code is refused.

    Raises:
        DatasetError: the table cannot be read, lacks a column, or says both of an image.
    """
    rows: dict[str, list[str]] = defaultdict(list)
    for row in Table.read(path, required=(key, "EncodedPixels")).rows:
        rows[row[key]].append(row["EncodedPixels"] or EMPTY)
    for name, codes in rows.items():
        if len(codes) > 1 and EMPTY in codes:
            raise DatasetError(path, f"row {name}: both -1 and a code", "Remove one of them.")
    return {name: tuple(codes) for name, codes in rows.items()}
