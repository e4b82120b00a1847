"""A prepared data set: a table of cases with memory-mapped pixels and masks."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.core.files import sha256_of
from pleura.core.rle import decode
from pleura.core.types import Mask
from pleura.data.case import Case, Split, read_cases
from pleura.data.record import CASES, IMAGES, MASKS, TRUTH, DatasetRecord, read_record
from pleura.data.tables import Table

TRUTH_COLUMNS = ("ImageId", "EncodedPixels")


@dataclass(frozen=True, eq=False)
class Dataset:
    """A folder made by `pleura prepare`.

    Attributes:
        folder: where it is.
        record: what it says about itself.
        cases: one a film, in the order of the arrays.
        images: (N, side, side) uint8, memory-mapped; 255 = dense; no contrast stretch.
        packed: (N, side, side // 8) uint8, memory-mapped; masks as bits, `numpy.packbits` along the rows.
        codes: native run-length code of each truth.
    """

    folder: Path
    record: DatasetRecord
    cases: tuple[Case, ...]
    images: NDArray[np.uint8]
    packed: NDArray[np.uint8]
    codes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.cases)

    def mask(self, index: int) -> Mask:
        """The truth of one film on the stored grid, (side, side) bool."""
        return np.unpackbits(self.packed[index], axis=-1).view(np.bool_)

    def truth(self, index: int) -> Mask:
        """The truth of one film at native size, (H, W) bool."""
        case = self.cases[index]
        return decode(self.codes[index], (case.height, case.width))

    def film_path(self, index: int) -> Path:
        """Where the film itself is."""
        return Path(self.record.source) / self.cases[index].source

    def indices(self, split: Split) -> NDArray[np.int64]:
        """Positions of a split's films, ascending."""
        return np.flatnonzero([case.split == split for case in self.cases]).astype(np.int64)

    def need_truth(self) -> None:
        """Pass only a data set whose truths say something.

        Raises:
            DatasetError: its films have no labels.
        """
        if not self.record.labelled:
            remedy = "Learn from it with `pleura train --unlabelled` or `pleura pseudo`."
            raise DatasetError(self.folder, "has no labels to train, tune or judge on", remedy)

    def verify(self) -> None:
        """Read every file again and compare its hash with the record.

        Raises:
            DatasetError: a file is not the one that was prepared.
        """
        for name in self.record.files:
            _check_hash(self.folder, name, self.record)


def load_dataset(folder: Path) -> Dataset:
    """Open a prepared data set; pixels stay on disk. Tables are checked against the record by hash, arrays by shape.

    Raises:
        DatasetError: no data set, or its files do not belong together.
    """
    record = read_record(folder)
    for name in (CASES, TRUTH):
        _check_hash(folder, name, record)
    cases = read_cases(folder / CASES)
    truths = Table.read(folder / TRUTH, required=TRUTH_COLUMNS).rows
    if [row["ImageId"] for row in truths] != [case.id for case in cases]:
        raise DatasetError(folder, f"{TRUTH} and {CASES} list different films", "Run `pleura prepare` again.")
    side = record.side
    return Dataset(
        folder=folder,
        record=record,
        cases=cases,
        images=_array(folder / IMAGES, (len(cases), side, side)),
        packed=_array(folder / MASKS, (len(cases), side, side // 8)),
        codes=tuple(row["EncodedPixels"] for row in truths),
    )


def combined_hash(files: dict[str, str]) -> str:
    """One hash for a data set, over the hashes of its files in the order of their names."""
    lines = "".join(f"{files[name]}  {name}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode("ascii")).hexdigest()


def _array(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    try:
        array: NDArray[np.uint8] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DatasetError(path, f"cannot be opened: {error}", "Run `pleura prepare` again.") from error
    if array.shape != shape or array.dtype != np.uint8:
        reason = f"is {array.dtype} {array.shape}, the table asks for uint8 {shape}"
        raise DatasetError(path, reason, "Run `pleura prepare` again.")
    return array


def _check_hash(folder: Path, name: str, record: DatasetRecord) -> None:
    path = folder / name
    try:
        found = sha256_of(path)
    except OSError as error:
        raise DatasetError(path, f"cannot be read: {error.strerror}", "Run `pleura prepare` again.") from error
    if found != record.files.get(name):
        raise DatasetError(path, "was changed since it was prepared", "Run `pleura prepare` again.")
