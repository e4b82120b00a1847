"""What the networks of folds say of films that they did not learn from, kept as one set to tune and score on.

A folder holds `maps.npy`, (N, side, side) uint8 probabilities; `label.npy`, (N,) float32 probabilities, and
`distance.npy`, (N, side, side) int8 from -127 to 127, where the networks have such heads; and `cases.json`.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

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
    """N films as their own fold's networks see them; arrays as in the folder, memory-mapped."""

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


def write_out_of_fold(record: OutOfFoldRecord, films: Iterable[Maps], folder: Path) -> None:
    """Write a folder film by film, so that no more than one of them is in memory.

    `cases.json` comes last, so that a folder with one is whole.

    Args:
        record: which films.
        films: what is said of them, in the order of `record.films`; all with the same heads.
        folder: is made if it is not there.
    """
    shape = (len(record.films), record.input.side, record.input.side)
    labels: list[float] = []
    with ExitStack() as files:
        masks, distances = files.enter_context(_filled(folder / _MAPS, np.uint8, shape)), None
        for _, film in zip(record.films, films, strict=True):
            masks.write(np.rint(film.mask * 255).astype(np.uint8).tobytes())
            if film.label is not None:
                labels.append(film.label)
            if film.distance is not None:
                distances = distances or files.enter_context(_filled(folder / _DISTANCE, np.int8, shape))
                distances.write(np.rint(film.distance * 127).astype(np.int8).tobytes())
    if labels:
        with replacing(folder / _LABEL) as file:
            np.save(file, np.array(labels, dtype=np.float32), allow_pickle=False)
    write_text(folder / CASES, json.dumps(record.model_dump(mode="json")) + "\n")


def write_joined(parts: list[OutOfFold], folder: Path) -> None:
    """Write several folds as one set, its films in ascending order.

    Raises:
        DatasetError: they are of different data, grids or heads, or hold a film twice.
    """
    common = [part.record.model_copy(update={"films": (), "folds": ()}) for part in parts]
    heads = {(part.label is None, part.distance is None) for part in parts}
    films = np.concatenate([part.films for part in parts])
    if any(record != common[0] for record in common) or len(heads) > 1 or np.unique(films).size < films.size:
        reason = "the folds are of different data, grids or heads, or share a film"
        raise DatasetError("out of fold", reason, _REMEDY)
    order = np.argsort(films)
    folds = [fold for part in parts for fold in part.record.folds]
    record = common[0].model_copy(
        update={
            "films": tuple(films[order].tolist()),
            "folds": tuple(folds[place] for place in order),
        }
    )
    where = [(part, place) for part in parts for place in range(len(part.record.films))]
    write_out_of_fold(record, (part.film(place) for part, place in (where[index] for index in order)), folder)


@contextmanager
def _filled(path: Path, kind: type[np.uint8 | np.int8], shape: tuple[int, ...]) -> Iterator[BinaryIO]:
    """A file as `numpy.save` writes it, with its head, to be filled with the values of an array of this shape."""
    head = {"descr": np.lib.format.dtype_to_descr(np.dtype(kind)), "fortran_order": False, "shape": shape}
    with replacing(path) as file:
        np.lib.format.write_array_header_1_0(file, head)
        yield file


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
