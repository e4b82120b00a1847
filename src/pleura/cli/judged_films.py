"""The options that verbs share which judge or fit on labelled films: on which, and without whom a second time."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.data import Dataset, load_dataset
from pleura.data.record import LUNGS
from pleura.evidence.films import SplitChoice, films_of, without_patients


@Parameter(name="*")
@dataclass(frozen=True)
class JudgedFilms:
    """Which films.

    Attributes:
        data: A folder that `pleura prepare` made.
        split: Which of its films; `test` where none is given.
        leave_out: Patients without whose films a second set of figures stands beside; may be repeated.
    """

    data: Path
    split: SplitChoice | None = None
    leave_out: Annotated[tuple[str, ...], Parameter(negative="")] = ()

    def open(self) -> tuple[Dataset, NDArray[np.int64], NDArray[np.int64]]:
        """The data set, the positions of its films, and the places among these of the second set of figures.

        Raises:
            DatasetError: no data set, one without labels, or one whose masks outline lungs.
        """
        dataset = load_dataset(self.data)
        dataset.need_truth()
        if dataset.record.kind == LUNGS:
            remedy = "Name a set whose masks outline a pneumothorax."
            raise DatasetError(self.data, "has masks of lungs, by which no pneumothorax is judged", remedy)
        films = films_of(dataset, self.split or "test")
        return dataset, films, without_patients(dataset, films, self.leave_out)

    def open_kept(self, kept: NDArray[np.int64]) -> tuple[Dataset, NDArray[np.int64]]:
        """The data set, and the places among kept films, (N,) positions, of the second set of figures.

        Raises:
            DatasetError: a split was asked for, but which films are kept was settled in training.
        """
        if self.split is not None:
            reason = "was given beside --oof, which holds the films that were trained on"
            raise DatasetError(f"--split {self.split}", reason, "Leave --split out.")
        dataset = load_dataset(self.data)
        if kept.size and kept.max() >= len(dataset):
            raise DatasetError(self.data, "holds fewer films than --oof", "Give the set that it was trained on.")
        return dataset, without_patients(dataset, kept, self.leave_out)


@Parameter(name="*")
@dataclass(frozen=True)
class TuningFilms:
    """Which films.

    Attributes:
        data: A folder that `pleura prepare` made, of films that the model was not trained on.
        split: Which of its films; `test` where none is given.
    """

    data: Path
    split: SplitChoice | None = None

    def open(self) -> tuple[Dataset, NDArray[np.int64]]:
        """The data set and the positions of its films.

        Raises:
            DatasetError: as `JudgedFilms.open`.
        """
        dataset, positions, _ = JudgedFilms(self.data, self.split).open()
        return dataset, positions
