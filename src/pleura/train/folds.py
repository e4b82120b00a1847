"""Which films each network of a recipe with folds learns from, and which it is judged on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.folds import patient_folds


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold, `number` counted from 1: positions in the data set to train on, and those held out."""

    number: int
    train: NDArray[np.int64]
    held: NDArray[np.int64]


def deal_folds(dataset: Dataset, count: int, seed: int) -> tuple[Fold, ...]:
    """Deal a data set's `train` films into folds by patient (or look-alike group), stratified by presence and size.

    Its `val` films stay out of all of them, to judge what the networks decide together.

    Raises:
        DatasetError: too few patients with a pneumothorax, or without one, for so many folds.
    """
    films = dataset.indices("train")
    areas = np.array([dataset.cases[int(index)].area for index in films])
    fold_of = patient_folds(film_groups(dataset, films), areas, count, seed)
    return tuple(Fold(number + 1, films[fold_of != number], films[fold_of == number]) for number in range(count))
