"""The films of a data set that are judged: which ones, and each as it is read from its own file."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.core.types import Radiograph
from pleura.data import Dataset
from pleura.image import read_film

SplitChoice = Literal["train", "val", "test", "all"]
Watch = Callable[[Sequence[int]], Iterable[int]]
"""Passes the positions of films on one by one, and may show how far it is."""


def films_of(dataset: Dataset, split: SplitChoice) -> NDArray[np.int64]:
    """Positions of the films to judge, ascending.

    Raises:
        DatasetError: the split is empty.
    """
    films = np.arange(len(dataset)) if split == "all" else dataset.indices(split)
    if films.size == 0:
        having = ", ".join(sorted({case.split for case in dataset.cases}))
        raise DatasetError(dataset.folder, f"has no film in the split {split!r}", f"Name another split: {having}.")
    return films.astype(np.int64)


def read_case(dataset: Dataset, index: int) -> Radiograph:
    """Read one film of a data set from its file.

    Raises:
        DatasetError: the file is another than when the data set was made, or has another size.
        UnreadableImage: the file must not be read as a film.
    """
    case, path = dataset.cases[index], dataset.film_path(index)
    film = read_film(path)
    if film.source.sha256 != case.sha256 or film.shape != (case.height, case.width):
        raise DatasetError(path, "was changed since the data set was made", "Run `pleura prepare` again.")
    return film


def without_patients(dataset: Dataset, films: NDArray[np.int64], patients: Sequence[str]) -> NDArray[np.int64]:
    """Places within `films`, not positions in the data set, of the films of all other patients.

    Raises:
        DatasetError: one of the patients has no film among them. The error does not repeat the name.
    """
    owners = [dataset.cases[index].patient for index in films]
    strangers = len(set(patients) - set(owners))
    if strangers:
        reason = f"{strangers} of the patients to leave out have no film in this split"
        raise DatasetError(dataset.folder, reason, "Check the names against the column `patient` of cases.csv.")
    return np.flatnonzero([owner not in patients for owner in owners]).astype(np.int64)
