"""What the networks of folds say of films that they did not learn from, kept as one set to tune and score on.

A folder holds `maps.npy`, (N, side, side) uint8 probabilities; `label.npy`, (N,) float32 probabilities, and
`distance.npy`, (N, side, side) int8 from -127 to 127, where the networks have such heads; and `cases.json`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from pleura.core.errors import DatasetError
from pleura.core.files import replacing, write_text
from pleura.core.spec import InputSpec
from pleura.core.strict import Strict
from pleura.core.types import Maps

CASES = "cases.json"
_MAPS, _LABEL, _DISTANCE = "maps.npy", "label.npy", "distance.npy"
_REMEDY = "Let `pleura train` with --resume write it again."


class OutOfFoldRecord(Strict):
    """Which films, of which data set, on which grid.

    Attributes:
        data_name: the data set.
        data_sha256: its content.
        input: the grid of the maps, as a blend of the networks has it: the finest side, over the whole film.
        tta: the augmentation that the maps were made with.
        films: positions in the data set, in the order of the arrays.
        folds: the fold that each film was left out of.
    """

    data_name: str
    data_sha256: str
    input: InputSpec
    tta: Literal["none", "flip"]
    films: tuple[int, ...]
    folds: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """N films as their own fold's networks see them; arrays as in the folder, memory-mapped where they are read."""

    record: OutOfFoldRecord
    maps: NDArray[np.uint8]
    label: NDArray[np.float32] | None = None
    distance: NDArray[np.int8] | None = None

    @property
    def films(self) -> NDArray[np.int64]:
        """(N,) positions in the data set, in the order of the arrays."""
        return np.array(self.record.films, dtype=np.int64)

    def film(self, place: int) -> Maps:
        """What was said of one film, by its place in the arrays."""
        mask = self.maps[place].astype(np.float32) / 255
        label = None if self.label is None else float(self.label[place])
        distance = None if self.distance is None else self.distance[place].astype(np.float32) / 127
        return Maps(mask=mask, label=label, distance=distance)


def gather(record: OutOfFoldRecord, films: Iterable[Maps]) -> OutOfFold:
    """Pack the maps of films as they come, in the order of `record.films`."""
    masks: list[NDArray[np.uint8]] = []
    labels: list[float] = []
    distances: list[NDArray[np.int8]] = []
    for film in films:
        masks.append(np.rint(film.mask * 255).astype(np.uint8))
        if film.label is not None:
            labels.append(film.label)
        if film.distance is not None:
            distances.append(np.rint(film.distance * 127).astype(np.int8))
    label = np.array(labels, dtype=np.float32) if labels else None
    return OutOfFold(record, np.stack(masks), label, np.stack(distances) if distances else None)


def join(parts: list[OutOfFold]) -> OutOfFold:
    """Several folds as one set, its films in ascending order.

    Raises:
        DatasetError: they are of different data or grids, or hold a film twice.
    """
    common = [part.record.model_copy(update={"films": (), "folds": ()}) for part in parts]
    films = np.concatenate([part.films for part in parts])
    if any(record != common[0] for record in common) or np.unique(films).size < films.size:
        raise DatasetError("out of fold", "the folds are of different data or grids, or share a film", _REMEDY)
    order = np.argsort(films)
    folds = [fold for part in parts for fold in part.record.folds]
    record = common[0].model_copy(
        update={
            "films": tuple(films[order].tolist()),
            "folds": tuple(folds[place] for place in order),
        }
    )
    return OutOfFold(
        record,
        np.concatenate([part.maps for part in parts])[order],
        _joined([part.label for part in parts], order),
        _joined([part.distance for part in parts], order),
    )


def write_out_of_fold(found: OutOfFold, folder: Path) -> None:
    """Write a folder; `cases.json` comes last, so that a folder with one is whole."""
    for name, array in ((_MAPS, found.maps), (_LABEL, found.label), (_DISTANCE, found.distance)):
        if array is not None:
            with replacing(folder / name) as file:
                np.save(file, array, allow_pickle=False)
    write_text(folder / CASES, json.dumps(found.record.model_dump(mode="json")) + "\n")


def read_out_of_fold(folder: Path) -> OutOfFold:
    """Read a folder; its arrays stay on disk.

    Raises:
        DatasetError: there is none, or its files do not belong together.
    """
    try:
        record = OutOfFoldRecord.model_validate_json((folder / CASES).read_bytes())
    except OSError as error:
        raise DatasetError(folder, f"{CASES} cannot be read: {error.strerror}", _REMEDY) from error
    except ValidationError as error:
        raise DatasetError(folder / CASES, f"is not valid: {error.errors()[0]['msg']}", _REMEDY) from error
    plane = (len(record.films), record.input.side, record.input.side)
    maps = _read(folder / _MAPS, plane)
    label = _read(folder / _LABEL, plane[:1]) if (folder / _LABEL).exists() else None
    distance = _read(folder / _DISTANCE, plane) if (folder / _DISTANCE).exists() else None
    return OutOfFold(record, maps, label, distance)


def _read(path: Path, shape: tuple[int, ...]) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DatasetError(path, f"cannot be opened: {error}", _REMEDY) from error
    if array.shape != shape:
        raise DatasetError(path, f"is {array.shape}, {CASES} asks for {shape}", _REMEDY)
    return array


def _joined(arrays: list[NDArray[Any] | None], order: NDArray[np.int64]) -> NDArray[Any] | None:
    there = [array for array in arrays if array is not None]
    return np.concatenate(there)[order] if len(there) == len(arrays) else None
