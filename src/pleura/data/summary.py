"""From films that were read, grouped and split to the table of cases and the record."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from pleura.core.types import View
from pleura.data.case import GROUP, Case, Split
from pleura.data.dataset import TRUTH_COLUMNS, combined_hash
from pleura.data.entry import Source
from pleura.data.reading import Facts
from pleura.data.record import Counts, DatasetRecord, LeftOut
from pleura.data.tables import table_bytes


@dataclass(frozen=True)
class Placed:
    """A film with the id of its group's first film and its split, None where it is left out."""

    film: Facts
    group: str
    split: Split | None


@dataclass(frozen=True)
class Making:
    """How a data set was made, as its record has it."""

    name: str
    side: int
    seed: int
    left_out: tuple[LeftOut, ...]
    files: dict[str, str]
    displayed: int


def make_cases(source: Source, placed: Sequence[Placed]) -> tuple[Case, ...]:
    """The table of cases, in the order of the arrays."""
    return tuple(_case(source, item, item.split) for item in placed if item.split is not None)


def truth_csv(placed: Sequence[Placed]) -> bytes:
    """The table of native run-length codes, in the same order."""
    return table_bytes(
        TRUTH_COLUMNS, ((item.film.entry.id, item.film.code) for item in placed if item.split is not None)
    )


def straddling(placed: Sequence[Placed]) -> tuple[LeftOut, ...]:
    """The films that were left out so that no group stands on both sides."""
    reason = "its patient or group stands among the given validation films"
    return tuple(LeftOut(id=item.film.entry.id, reason=reason) for item in placed if item.split is None)


def make_record(source: Source, cases: Sequence[Case], made: Making) -> DatasetRecord:
    """The record of a data set, what is unknown included."""
    return DatasetRecord(
        name=made.name,
        kind=source.kind,
        source=source.folder.resolve().as_posix(),
        side=made.side,
        seed=made.seed,
        code_version=version("pleura"),
        sha256=combined_hash(made.files),
        files=made.files,
        counts=Counts(
            films=len(cases),
            patients=len({case.patient for case in cases}),
            present=sum(case.present for case in cases),
            splits=dict(Counter(case.split for case in cases)),
        ),
        unknown=_unknown(cases),
        rows_without_film=source.rows_without_film,
        labelled=source.labelled,
        displayed=made.displayed,
        left_out=made.left_out,
        notes=(*source.notes, *_notes(cases)),
    )


def _case(source: Source, item: Placed, split: Split) -> Case:
    film, about = item.film, item.film.entry.about
    row_mm, column_mm = film.spacing or (None, None)
    return Case(
        id=film.entry.id,
        patient=about.patient or f"{GROUP}{item.group}",
        present=film.area > 0,
        split=split,
        view=film.traits.view,
        sex=about.sex,
        age=about.age,
        row_mm=row_mm,
        column_mm=column_mm,
        height=film.shape[0],
        width=film.shape[1],
        area=film.area,
        source=film.entry.film.relative_to(source.folder).as_posix(),
        sha256=film.traits.sha256,
        site=about.site,
    )


def _unknown(cases: Sequence[Case]) -> dict[str, int]:
    """For each column that may be unknown, how many films lack it."""
    return {
        "patient": sum(not case.patient_known for case in cases),
        "view": sum(case.view is View.UNKNOWN for case in cases),
        "sex": sum(case.sex == "unknown" for case in cases),
        "age": sum(case.age is None for case in cases),
        "spacing": sum(case.row_mm is None for case in cases),
        "site": sum(not case.site for case in cases),
    }


def _notes(cases: Sequence[Case]) -> tuple[str, ...]:
    unknown = sum(not case.patient_known for case in cases)
    if not unknown:
        return ()
    return (
        f"Patients: unknown for {unknown} films. They are grouped where they look alike and have equal sex, age and "
        "view, which finds near-duplicates but few of a patient's other films: patients may stand on both sides of "
        "a split.",
    )
