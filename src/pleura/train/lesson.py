"""Which of a folder's soft targets a run learns, and which films they add to its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.core.types import Pixels
from pleura.data import Dataset, load_dataset
from pleura.data.overlap import strangers
from pleura.train.soft import SoftSet, load_soft


@dataclass(frozen=True, eq=False)
class Lesson:
    """Soft targets as one run learns them.

    Attributes:
        soft: the folder.
        share: of the teacher's map in the target of a film that has a mask too, in [0, 1].
        rows: (N,) for each of the run's own films its row in the folder, -1 where it has none.
        other: the data set that the teacher read, where it adds films.
        added: (M,) positions in `other` of the films that it adds, and `added_rows` their rows in the folder.
    """

    soft: SoftSet
    share: float
    rows: NDArray[np.int64]
    other: Dataset | None
    added: NDArray[np.int64]
    added_rows: NDArray[np.int64]

    def mix(self, film: int, mask: Callable[[], Pixels], bring: Callable[[Pixels], Pixels]) -> Pixels:
        """The target of one of N + M films, (S, S) in [0, 1]: its mask, the teacher's map, or a share of both.

        Args:
            film: its place among the run's own films or, after them, those added.
            mask: gives the target from the truth, (S, S), where there is one.
            bring: takes the teacher's map, (side, side) in [0, 1], to the same grid.
        """
        added = film - len(self.rows)
        row = int(self.rows[film] if added < 0 else self.added_rows[added])
        if row < 0:
            return mask()
        soft = bring(self.soft.maps[row].astype(np.float32) / np.float32(255))
        if added >= 0 or self.share == 1:
            return soft
        return np.float32(self.share) * soft + np.float32(1 - self.share) * mask()

    def labels(self, own: NDArray[np.float32]) -> NDArray[np.float32]:
        """How sure a pneumothorax is on each film, (N + M,) in [0, 1], from the truth about the run's own, (N,)."""
        said = np.array([film.label for film in self.soft.films], dtype=np.float32)
        mixed = np.where(self.rows >= 0, self.share * said[self.rows] + (1 - self.share) * own, own)
        return np.concatenate((mixed, said[self.added_rows])).astype(np.float32)

    def present(self, own: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which films count as positive, (N + M,): by the truth of the run's own, (N,), by the teacher of others."""
        added = [self.soft.films[row].present for row in self.added_rows]
        return np.concatenate((own, np.array(added, dtype=np.bool_)))


def learn_from(
    folder: Path, share: float, dataset: Dataset, train: NDArray[np.int64], judged: NDArray[np.int64]
) -> Lesson:
    """Choose from a folder of soft targets what a run may learn.

    A film that the run trains on gets its map. A film that the run's data set lacks is added, unless it stands among
    the films judged, under whatever name, or among those trained on.

    Args:
        folder: made by `pleura pseudo`.
        share: of the teacher's map where there is a mask too.
        dataset: the run's.
        train: positions of the films that are trained on.
        judged: positions of those that the run is judged on; films of the splits `val` and `test` count as such too.

    Raises:
        DatasetError: no such folder, maps of other films than those of the data set, or none that can be learned.
    """
    soft = load_soft(folder)
    known = {case.id: case.sha256 for case in dataset.cases}
    strange = [film.id for film in soft.films if known.get(film.id, film.sha256) != film.sha256]
    if strange:
        reason = f"{len(strange)} of its films are others of that name in {dataset.folder}, one is {strange[0]!r}"
        raise DatasetError(folder, reason, "Make soft targets of this very data set, or rename its films.")
    kept = {film.id: row for row, film in enumerate(soft.films) if film.kept}
    rows = np.array([kept.get(dataset.cases[index].id, -1) for index in train], dtype=np.int64)
    new = {name: row for name, row in kept.items() if name not in known}
    held = np.unique(np.concatenate((judged, dataset.indices("val"), dataset.indices("test"))))
    other = _read_by_the_teacher(soft) if new else None
    added = np.empty(0, dtype=np.int64) if other is None else _added(other, new, dataset, held)
    if (rows < 0).all() and added.size == 0:
        reason = f"none of its {len(kept)} kept films can be trained on with {dataset.folder}"
        raise DatasetError(folder, reason, "Ask for less --agreement, or read other films.")
    added_rows = np.array([] if other is None else [new[other.cases[index].id] for index in added], dtype=np.int64)
    return Lesson(soft, share, rows, other, added, added_rows)


def _read_by_the_teacher(soft: SoftSet) -> Dataset:
    other = load_dataset(Path(soft.record.data_folder))
    if other.record.sha256 != soft.record.data_sha256:
        reason = f"is not the data set that {soft.folder} speaks of"
        raise DatasetError(other.folder, reason, "Make its soft targets again.")
    return other


def _added(other: Dataset, new: dict[str, int], dataset: Dataset, held: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions in `other` of the new films that are in no way the data set's own."""
    contents = {case.sha256 for case in dataset.cases}
    films = [index for index, case in enumerate(other.cases) if case.id in new and case.sha256 not in contents]
    return strangers(other, np.array(films, dtype=np.int64), dataset, held)
