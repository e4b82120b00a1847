"""One film of a data set as a row of its table `cases.csv`."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, cast, get_args

from pleura.core.errors import DatasetError
from pleura.core.types import View
from pleura.data.tables import Table, table_bytes

Split = Literal["train", "val", "test"]
Sex = Literal["F", "M", "unknown"]
GROUP = "group:"
"""A `patient` that starts so is a near-duplicate group that stands in for an unknown patient."""


@dataclass(frozen=True)
class Case:
    """One film and what is known of it.

    Attributes:
        id: unique within the data set.
        patient: the patient, or `group:` and the group's first film where no patient is known.
        present: whether the truth marks a pneumothorax.
        split: the part of the data set that this film belongs to.
        view: PA, AP or unknown.
        sex: F, M or unknown.
        age: years, or None.
        row_mm: mm between pixels down a column at native size, or None where unknown or implausible.
        column_mm: the same along a row.
        height: native rows.
        width: native columns.
        area: share of the film that the truth covers, in [0, 1].
        source: the film's path below the record's source folder, with forward slashes.
        sha256: of the film's file.
        site: the hospital or collection, or empty.
    """

    id: str
    patient: str
    present: bool
    split: Split
    view: View
    sex: Sex
    age: float | None
    row_mm: float | None
    column_mm: float | None
    height: int
    width: int
    area: float
    source: str
    sha256: str
    site: str = ""

    @property
    def patient_known(self) -> bool:
        """Whether `patient` is a patient and not a stand-in."""
        return not self.patient.startswith(GROUP)


COLUMNS = tuple(field.name for field in fields(Case))


def cases_csv(cases: Sequence[Case]) -> bytes:
    """The table of `cases`, a row each; unknown numbers are empty."""
    rows = ([_cell(getattr(case, column)) for column in COLUMNS] for case in cases)
    return table_bytes(COLUMNS, rows)


def read_cases(path: Path) -> tuple[Case, ...]:
    """Read the table that `cases_csv` writes.

    Raises:
        DatasetError: a column is missing or a value cannot be understood.
    """
    table = Table.read(path, required=COLUMNS)
    try:
        return tuple(_case(row) for row in table.rows)
    except ValueError as error:
        raise DatasetError(path, f"cannot be understood: {error}", "Run `pleura prepare` again.") from error


def _cell(value: str | float | bool | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


def _case(row: dict[str, str]) -> Case:
    if row["split"] not in get_args(Split) or row["sex"] not in get_args(Sex) or row["present"] not in {"0", "1"}:
        raise ValueError(f"split {row['split']!r}, sex {row['sex']!r}, present {row['present']!r}")
    return Case(
        id=row["id"],
        patient=row["patient"],
        present=row["present"] == "1",
        split=cast(Split, row["split"]),
        view=View(row["view"]),
        sex=cast(Sex, row["sex"]),
        age=_number(row["age"]),
        row_mm=_number(row["row_mm"]),
        column_mm=_number(row["column_mm"]),
        height=int(row["height"]),
        width=int(row["width"]),
        area=float(row["area"]),
        source=row["source"],
        sha256=row["sha256"],
        site=row["site"],
    )


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
