"""Read what tables say of films: sex, age, view, patient and true spacing."""

from dataclasses import replace
from pathlib import Path

from pleura.core.errors import DatasetError
from pleura.core.types import View
from pleura.data.case import Sex
from pleura.data.entry import About, film_id
from pleura.data.nih_table import NIH_COLUMN, read_nih
from pleura.data.tables import Table

_FILE = "file"
_ID_COLUMNS = ("image_id", "ImageId", "id", _FILE)
_MAP_IDS = (*_ID_COLUMNS, "Kaggle_ID")
_NIH_MAP = "NIH_ID"
_MAP_PATIENTS = ("patient", "patient_id", _NIH_MAP)
_SEXES: dict[str, Sex] = {"F": "F", "FEMALE": "F", "M": "M", "MALE": "M", "": "unknown", "UNKNOWN": "unknown"}
_FALSE_SPACING = "pixel_spacing_mm"
_FALSE_SPACING_NOTE = (
    f"Column {_FALSE_SPACING} was not taken as a length: headers of shrunken films keep the original film's "
    "spacing. Only row_spacing_mm and column_spacing_mm are lengths."
)


def read_about(path: Path) -> tuple[dict[str, About], tuple[str, ...]]:
    """Read a table of films with any of the columns sex, age, view, patient, site, row_spacing_mm, column_spacing_mm.

    ChestX-ray14's own table is read as `read_nih` reads it.

    Returns:
        What it says of each film by id, and notes for the record.

    Raises:
        DatasetError: no id column, an id twice, or a value that cannot be understood.
    """
    table = Table.read(path)
    if NIH_COLUMN in table.columns:
        listed = read_nih(path)
        return listed.about, listed.notes
    key = table.column(_ID_COLUMNS)
    found: dict[str, About] = {}
    for row in table.rows:
        name = film_id(Path(row[key])) if key == _FILE else row[key]
        if name in found:
            raise DatasetError(path, f"lists film {name} twice", "Keep one row a film.")
        found[name] = _about(path, name, row)
    notes = (_FALSE_SPACING_NOTE,) if _FALSE_SPACING in table.columns else ()
    return found, notes


def read_patients(path: Path) -> dict[str, str]:
    """Read a table of films and patients; of a ChestX-ray14 file name, `patient_visit.png`, the patient is taken.

    Raises:
        DatasetError: a column is missing, or a film has two patients.
    """
    table = Table.read(path)
    key, column = table.column(_MAP_IDS), table.column(_MAP_PATIENTS)
    patients: dict[str, str] = {}
    for row in table.rows:
        patient = row[column].partition("_")[0] if column == _NIH_MAP else row[column]
        if patients.setdefault(row[key], patient) != patient:
            raise DatasetError(path, f"gives film {row[key]} two patients", "Keep one row a film.")
    return patients


def read_nih_names(path: Path) -> dict[str, str]:
    """Read a table of films and ChestX-ray14 file names: the film's id in ChestX-ray14, by its id here.

    A table of films and patients names no film of ChestX-ray14: the answer is then empty.

    Raises:
        DatasetError: a film has two names.
    """
    table = Table.read(path)
    if _NIH_MAP not in table.columns:
        return {}
    key = table.column(_MAP_IDS)
    names: dict[str, str] = {}
    for row in table.rows:
        name = film_id(Path(row[_NIH_MAP]))
        if names.setdefault(row[key], name) != name:
            raise DatasetError(path, f"gives film {row[key]} two ChestX-ray14 files", "Keep one row a film.")
    return names


def with_patient(about: About, patient: str | None) -> About:
    """Fill in the patient; a patient map goes before the table of films."""
    return replace(about, patient=patient) if patient else about


def _about(path: Path, name: str, row: dict[str, str]) -> About:
    sex = row.get("sex", "").upper()
    view = (row.get("view", "").upper().split() or [""])[0]
    if sex not in _SEXES:
        raise DatasetError(path, f"film {name}: sex {row['sex']!r}", "Write F, M or nothing.")
    if view not in {"PA", "AP", "", "UNKNOWN"}:
        raise DatasetError(path, f"film {name}: view {row['view']!r}", "Write PA, AP or nothing: only frontal films.")
    return About(
        patient=row.get("patient") or None,
        view=View(view) if view in {"PA", "AP"} else View.UNKNOWN,
        sex=_SEXES[sex],
        age=_number(path, name, row, "age"),
        row_mm=_number(path, name, row, "row_spacing_mm"),
        column_mm=_number(path, name, row, "column_spacing_mm"),
        site=row.get("site", ""),
    )


def _number(path: Path, name: str, row: dict[str, str], column: str) -> float | None:
    cell = row.get(column, "")
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError as error:
        raise DatasetError(path, f"film {name}: {column} {cell!r} is no number", "Mend that row.") from error
    if not 0 <= value < float("inf"):
        raise DatasetError(path, f"film {name}: {column} {cell!r} is out of range", "Mend that row.")
    return value
