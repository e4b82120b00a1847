"""ChestX-ray14's own table, `Data_Entry_2017.csv`: patient, view, sex, age, size and findings of each film."""

import re
from dataclasses import dataclass
from pathlib import Path

from pleura.core.errors import DatasetError
from pleura.core.types import View
from pleura.data.case import Sex
from pleura.data.entry import About, film_id
from pleura.data.tables import Table

NIH_COLUMN = "Image Index"
FINDINGS, _PATIENT, _AGE, _SEX, _VIEW = (
    "Finding Labels",
    "Patient ID",
    "Patient Age",
    "Patient Gender",
    "View Position",
)
_WIDTH, _HEIGHT = "OriginalImage[Width", "Height]"
_ACROSS, _DOWN = "OriginalImagePixelSpacing[x", "y]"
# The header names a pair of columns as `OriginalImage[Width,Height]`, so that a CSV reader sees two.
_LENGTHS = (_HEIGHT, _DOWN, _WIDTH, _ACROSS)
_AGE_TEXT = re.compile(r"(\d{1,4})([YMD]?)")
_YEARS = {"": 1.0, "Y": 1.0, "M": 1 / 12, "D": 1 / 365.25}
_OLDEST = 120
_SEXES: dict[str, Sex] = {"F": "F", "M": "M", "": "unknown"}
_PATIENT_DIGITS = 8


@dataclass(frozen=True)
class NihTable:
    """What the table says of each film, and the findings mined from its report in lower case, both by film id."""

    about: dict[str, About]
    findings: dict[str, frozenset[str]]
    notes: tuple[str, ...]


def read_nih(path: Path) -> NihTable:
    """Read ChestX-ray14's table of films (Wang et al. 2017, "ChestX-ray8", later with 14 findings), .csv or .csv.gz.

    Patients get their eight digits, as file names have them. Films were squeezed to 1024 x 1024: the length of a
    pixel follows from the size and spacing of the original, and rows and columns differ. Ages are written `58`,
    `058Y`, `011M` or `004D`; beyond 120 years they are typing errors and taken as unknown.

    Raises:
        DatasetError: a column is missing, a film stands twice, or a value cannot be understood.
    """
    table = Table.read(path, required=(NIH_COLUMN, FINDINGS, _PATIENT))
    about: dict[str, About] = {}
    findings: dict[str, frozenset[str]] = {}
    for row in table.rows:
        name = film_id(Path(row[NIH_COLUMN]))
        if name in about:
            raise DatasetError(path, f"lists film {name} twice", "Keep one row a film.")
        about[name] = _about(path, name, row)
        findings[name] = frozenset(word.strip().casefold() for word in row[FINDINGS].split("|"))
    old = sum(_AGE in row and _years(path, "", row[_AGE]) is None and bool(row[_AGE]) for row in table.rows)
    notes = (f"Ages beyond {_OLDEST} years taken as unknown: {old} rows of {path.name}.",) if old else ()
    return NihTable(about, findings, notes)


def _about(path: Path, name: str, row: dict[str, str]) -> About:
    patient, sex, view = row[_PATIENT], row.get(_SEX, "").upper(), row.get(_VIEW, "").upper()
    if not patient.isdigit():
        # Its text may be a name, so that it is not shown.
        raise DatasetError(path, f"film {name}: {_PATIENT} is no number", "Mend that row.")
    if sex not in _SEXES:
        raise DatasetError(path, f"film {name}: {_SEX} {row[_SEX]!r}", "Write F, M or nothing.")
    if view not in {"PA", "AP", ""}:
        raise DatasetError(
            path, f"film {name}: {_VIEW} {row[_VIEW]!r}", "Only frontal films: write PA, AP or nothing."
        )
    return About(
        patient=patient.zfill(_PATIENT_DIGITS),
        view=View(view) if view else View.UNKNOWN,
        sex=_SEXES[sex],
        age=_years(path, name, row.get(_AGE, "")),
        extent_mm=_extent(path, name, row),
    )


def _years(path: Path, name: str, cell: str) -> float | None:
    if not cell:
        return None
    found = _AGE_TEXT.fullmatch(cell.upper())
    if found is None:
        raise DatasetError(path, f"film {name}: {_AGE} {cell!r} is no age", "Write years as 58 or 058Y.")
    years = int(found[1]) * _YEARS[found[2]]
    return years if years <= _OLDEST else None


def _extent(path: Path, name: str, row: dict[str, str]) -> tuple[float, float] | None:
    """Height and width of the film in mm, where all four columns say something."""
    cells = [row.get(column, "") for column in _LENGTHS]
    if not all(cells):
        return None
    try:
        rows, down, columns, across = (float(cell) for cell in cells)
    except ValueError as error:
        reason = f"film {name}: its original size or spacing is no number"
        raise DatasetError(path, reason, "Mend that row.") from error
    return rows * down, columns * across
