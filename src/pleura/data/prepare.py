"""Import a source into a data set's folder: read, group, split, write."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pleura.core.errors import DatasetError, UnreadableImage
from pleura.core.files import sha256_of, write_bytes
from pleura.data.case import cases_csv
from pleura.data.dataset import Dataset, load_dataset
from pleura.data.entry import Entry, Source
from pleura.data.groups import group_films
from pleura.data.reading import Facts, read_entry
from pleura.data.record import CASES, FILES, RECORD, REFUSED, TRUTH, LeftOut
from pleura.data.splits import SplitPlan, split_films
from pleura.data.store import PixelWriter, new_folder
from pleura.data.summary import Making, Placed, make_cases, make_record, straddling, truth_csv

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
        pixels = PixelWriter(folder, plan.side)
        try:
            films, refused = _read_all(watch(source.entries), plan, pixels)
            if not films:
                raise DatasetError(source.folder, "holds no film that can be read", "Read one to see why.")
            groups = group_films([film.traits for film in films])
            areas = np.array([film.area for film in films])
            splits = split_films([film.entry.id for film in films], groups, areas, plan.split)
            pixels.finish([place for place, split in enumerate(splits) if split is not None])
        finally:
            pixels.close()
        placed = [
            Placed(film, films[group].entry.id, split)
            for film, group, split in zip(films, groups, splits, strict=True)
        ]
        cases = make_cases(source, placed)
        write_bytes(folder / CASES, cases_csv(cases))
        write_bytes(folder / TRUTH, truth_csv(placed))
        files = {name: sha256_of(folder / name) for name in FILES}
        displayed = sum(film.displayed for film, split in zip(films, splits, strict=True) if split is not None)
        made = Making(out.name, plan.side, plan.split.seed, (*refused, *straddling(placed)), files, displayed)
        record = make_record(source, cases, made)
        write_bytes(folder / RECORD, record.model_dump_json(indent=2).encode("utf-8") + b"\n")
    return load_dataset(out)


def _read_all(entries: Iterable[Entry], plan: PreparePlan, pixels: PixelWriter) -> tuple[list[Facts], list[LeftOut]]:
    films: list[Facts] = []
    refused: list[LeftOut] = []
    for entry in entries:
        try:
            row = read_entry(entry, plan.side)
        except UnreadableImage as error:
            if not plan.skip_refused:
                raise
            refused.append(LeftOut(id=entry.id, reason=f"{REFUSED}{error.code}: {error.reason}"))
            continue
        pixels.append(row.image, row.packed)
        films.append(row.facts)
    return films, refused
