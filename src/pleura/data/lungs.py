"""Importer of outlined lungs: `images`, `masks` of the same names, and `index.csv` with the licence of each film."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pleura.core.errors import DatasetError
from pleura.core.types import Mask
from pleura.data.about import read_about
from pleura.data.entry import About, Entry, Source, film_id, films_by_id
from pleura.data.record import LUNGS
from pleura.data.tables import Table
from pleura.data.truth import read_mask_file
from pleura.image import find_films

IMAGES_FOLDER, MASKS_FOLDER, INDEX = "images", "masks", "index.csv"
RIGHT, LEFT, BOTH = 1, 2, 255
"""Values of a mask: the patient's right and left lung, or both where nobody told them apart."""

Lung = Literal["right", "left"]
_VALUES: dict[Lung, int] = {"right": RIGHT, "left": LEFT}
_FREE = (["CC", "BY"], ["CC0"], ["PUBLIC", "DOMAIN"])
_BOUND = {"NC", "ND", "SA"}


@dataclass(frozen=True)
class LungTruth:
    """A mask file whose values tell the lungs apart, or do not."""

    path: Path

    def mask(self, shape: tuple[int, int]) -> Mask:
        """Both lungs, (H, W) bool; see `Truth.mask`."""
        values = read_mask_file(self.path)
        if values.shape != shape:
            reason = f"is {values.shape[0]} x {values.shape[1]} pixels, its film {shape[0]} x {shape[1]}"
            raise DatasetError(self.path, reason, "A mask must have its film's size.")
        strange = set(np.unique(values).tolist()) - {0, RIGHT, LEFT, BOTH}
        if strange:
            reason = f"holds the value {min(strange)}"
            raise DatasetError(self.path, reason, "Write 0, 1 for the right lung, 2 for the left, 255 for both.")
        both: Mask = values > 0
        return both

    def lung(self, which: Lung) -> Mask | None:
        """One of the patient's lungs, (H, W) bool; None in a mask that does not tell them apart.

        Raises:
            DatasetError: the file cannot be read.
        """
        values = read_mask_file(self.path)
        return None if (values == BOTH).any() else values == _VALUES[which]


def import_lungs(folder: Path, permissive: bool = False) -> Source:
    """Pair each film with the outline of its lungs.

    Args:
        folder: holds `images`, `masks` and `index.csv` (file, patient, view, licence).
        permissive: takes only films whose own licence is stated and asks for no more than their authors' names.

    Raises:
        DatasetError: a film without a mask or a row, or none left.
        InputNotFound: no film at all.
    """
    table = folder / INDEX
    licences = {film_id(Path(row["file"])): row["licence"] for row in Table.read(table, ("file", "licence")).rows}
    about, _ = read_about(table)
    masks = films_by_id([path for path in (folder / MASKS_FOLDER).glob("*") if path.is_file()])
    films = films_by_id(find_films([str(folder / IMAGES_FOLDER)]))
    entries = []
    for name, film in films.items():
        if name not in licences:
            raise DatasetError(film, f"has no row in {INDEX}", "Add one.")
        if permissive and not _permissive(licences[name]):
            continue
        if name not in masks:
            raise DatasetError(film, f"has no mask in {MASKS_FOLDER}", "Add one of the same name.")
        entries.append(Entry(name, film, LungTruth(masks[name]), about.get(name, About())))
    if not entries:
        raise DatasetError(folder, "holds no film under such a licence", "Take the others too.")
    note = "Truth: both lungs as far as the outline of the hemithorax, behind the heart too."
    without = f"{len(films) - len(entries)} films without a stated, permissive licence of their own were left out."
    chosen = without if permissive else "Films of every licence, stated or not."
    return Source(LUNGS, folder, tuple(entries), len(masks.keys() - films.keys()), (note, chosen))


def _permissive(licence: str) -> bool:
    """Whether a film's own licence is stated and allows every use; a licence of the masks alone is none."""
    words = re.findall(r"[A-Z0-9]+", licence.upper())
    return any(words[: len(free)] == free for free in _FREE) and _BOUND.isdisjoint(words)
