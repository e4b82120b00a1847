"""Importer of films whose outlines readers accepted or drew, as `pleura serve export-reviews` writes them."""

from collections import Counter
from pathlib import Path

from pleura.core.errors import DatasetError
from pleura.data.about import read_about
from pleura.data.entry import Entry, Source, films_by_id
from pleura.data.tables import Table
from pleura.data.truth import FileTruth
from pleura.image import find_films

FILMS_FOLDER, MASKS_FOLDER, INDEX = "films", "masks", "reviewed.csv"
_COLUMNS = ("image_id", "patient", "view", "verdict")
_CIRCULAR = (
    "Outlines that were accepted as they were are the model's own: a model that learns from them learns what it "
    "knows, and figures measured on them flatter it."
)


def import_reviewed(folder: Path) -> Source:
    """Pair each film of `films` with its outline in `masks`, and take patients and views from `reviewed.csv`.

    Films of one patient carry one pseudonym, so that they come into one split.

    Args:
        folder: holds `films`, `masks` and `reviewed.csv` (image_id, patient, view, verdict).

    Raises:
        DatasetError: the table is damaged, or a film has no mask or no row.
        InputNotFound: no film at all.
    """
    table = Table.read(folder / INDEX, required=_COLUMNS)
    about, notes = read_about(folder / INDEX)
    masks = films_by_id([path for path in sorted((folder / MASKS_FOLDER).glob("*")) if path.is_file()])
    films = films_by_id(find_films([str(folder / FILMS_FOLDER)]))
    entries = []
    for name, film in films.items():
        if name not in masks or name not in about:
            missing = f"mask in {MASKS_FOLDER}" if name in about else f"row in {INDEX}"
            raise DatasetError(film, f"has no {missing}", "Export the reviews again.")
        entries.append(Entry(name, film, FileTruth(masks[name]), about[name]))
    verdicts = Counter(row["verdict"] for row in table.rows if row["image_id"] in films)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    return Source(
        "reviewed",
        folder,
        tuple(entries),
        len(about.keys() - films.keys()),
        (f"Readers' newest verdicts: {told}.", *((_CIRCULAR,) if verdicts["accepted"] else ()), *notes),
    )
