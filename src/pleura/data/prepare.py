"""Import a source into a data set's folder: read, group, split, write."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError, UnreadableImage
from pleura.core.files import sha256_of, write_bytes
from pleura.core.types import View
from pleura.data.case import GROUP, Case, Split, cases_csv
from pleura.data.dataset import TRUTH_COLUMNS, Dataset, combined_hash, load_dataset
from pleura.data.entry import Entry, Source
from pleura.data.groups import Traits, group_films
from pleura.data.reading import FilmRow, read_entry
from pleura.data.record import CASES, FILES, RECORD, TRUTH, Counts, DatasetRecord, LeftOut
from pleura.data.splits import SplitPlan, split_films
from pleura.data.store import Pixels, new_folder
from pleura.data.tables import table_bytes

Watch = Callable[[Sequence[Entry]], Iterable[Entry]]
"""Passes the films on one by one, and may show how far it is."""


@dataclass(frozen=True)
class PreparePlan:
    """How to import.

    Attributes:
        side: rows and columns of the stored pixels and masks, a multiple of 32.
        split: how to split.
        skip_refused: leave out films that cannot be read, and record them, instead of stopping at the first.
    """

    side: int = 512
    split: SplitPlan = field(default_factory=SplitPlan)
    skip_refused: bool = False

    def __post_init__(self) -> None:
        if self.side < 32 or self.side % 32:
            raise DatasetError("side", f"{self.side} is no multiple of 32", "Take 256, 384, 512 or 1024.")


@dataclass(frozen=True)
class _Facts:
    """A film without its pixels: what is kept in memory of each film that was read."""

    entry: Entry
    code: str
    shape: tuple[int, int]
    area: float
    view: View
    spacing: tuple[float, float] | None
    traits: Traits


def prepare(source: Source, out: Path, plan: PreparePlan, watch: Watch = iter) -> Dataset:
    """Import a source into the new folder `out`; nothing is left there if anything fails.

    Args:
        source: what an importer found.
        out: a folder that does not exist yet.
        plan: side and split.
        watch: sees each film as its turn comes.

    Raises:
        DatasetError: a truth that is missing or does not fit, a split that would part a group, an existing `out`.
        UnreadableImage: a film is refused, unless such films are to be skipped.
    """
    with new_folder(out) as folder:
        pixels = Pixels(folder, plan.side)
        try:
            films, refused = _read_all(watch(source.entries), plan, pixels)
            if not films:
                raise DatasetError(source.folder, "holds no film that can be read", "Read one to see why.")
            groups = group_films([film.traits for film in films])
            splits = _split(films, groups, plan.split)
            pixels.finish([place for place, split in enumerate(splits) if split is not None])
        finally:
            pixels.close()
        cases = _cases(source, films, groups, splits)
        codes = [film.code for film, split in zip(films, splits, strict=True) if split is not None]
        write_bytes(folder / CASES, cases_csv(cases))
        rows = ((case.id, code) for case, code in zip(cases, codes, strict=True))
        write_bytes(folder / TRUTH, table_bytes(TRUTH_COLUMNS, rows))
        left_out = (*refused, *_straddling(films, splits))
        record = _record(source, out.name, plan, cases, left_out, _hashes(folder))
        write_bytes(folder / RECORD, record.model_dump_json(indent=2).encode("utf-8") + b"\n")
    return load_dataset(out)


def _read_all(entries: Iterable[Entry], plan: PreparePlan, pixels: Pixels) -> tuple[list[_Facts], list[LeftOut]]:
    films: list[_Facts] = []
    refused: list[LeftOut] = []
    for entry in entries:
        try:
            row = read_entry(entry, plan.side)
        except UnreadableImage as error:
            if not plan.skip_refused:
                raise
            refused.append(LeftOut(id=entry.id, reason=f"refused: {error.code}: {error.reason}"))
            continue
        pixels.append(row.image, row.packed)
        films.append(_facts(row))
    return films, refused


def _facts(row: FilmRow) -> _Facts:
    about = row.entry.about
    traits = Traits(about.patient, row.sha256, about.sex, about.age, row.view, row.hash)
    return _Facts(row.entry, row.code, row.shape, row.area, row.view, row.spacing, traits)


def _split(films: Sequence[_Facts], groups: NDArray[np.int64], plan: SplitPlan) -> list[Split | None]:
    areas = np.array([film.area for film in films])
    return split_films([film.entry.id for film in films], groups, areas, plan)


def _straddling(films: Sequence[_Facts], splits: Sequence[Split | None]) -> list[LeftOut]:
    reason = "its patient or group stands among the given validation films"
    return [
        LeftOut(id=film.entry.id, reason=reason) for film, split in zip(films, splits, strict=True) if split is None
    ]


def _cases(
    source: Source, films: Sequence[_Facts], groups: NDArray[np.int64], splits: Sequence[Split | None]
) -> tuple[Case, ...]:
    cases = []
    for film, group, split in zip(films, groups, splits, strict=True):
        if split is None:
            continue
        about = film.entry.about
        row_mm, column_mm = film.spacing or (None, None)
        case = Case(
            id=film.entry.id,
            patient=about.patient or f"{GROUP}{films[group].entry.id}",
            present=film.area > 0,
            split=split,
            view=film.view,
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
        cases.append(case)
    return tuple(cases)


def _hashes(folder: Path) -> dict[str, str]:
    return {name: sha256_of(folder / name) for name in FILES}


def _record(
    source: Source,
    name: str,
    plan: PreparePlan,
    cases: Sequence[Case],
    left_out: Sequence[LeftOut],
    files: dict[str, str],
) -> DatasetRecord:
    return DatasetRecord(
        name=name,
        kind=source.kind,
        source=source.folder.resolve().as_posix(),
        side=plan.side,
        seed=plan.split.seed,
        code_version=version("pleura"),
        sha256=combined_hash(files),
        files=files,
        counts=Counts(
            films=len(cases),
            patients=len({case.patient for case in cases}),
            present=sum(case.present for case in cases),
            splits=dict(Counter(case.split for case in cases)),
        ),
        unknown=_unknown(cases),
        rows_without_film=source.rows_without_film,
        left_out=tuple(left_out),
        notes=source.notes,
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
