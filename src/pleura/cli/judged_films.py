"""The options that `tune` and `evaluate` share: on which films, and without whom a second time."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter
from numpy.typing import NDArray

from pleura.data import Dataset, load_dataset
from pleura.evidence.films import SplitChoice, films_of, without_patients


@Parameter(name="*")
@dataclass(frozen=True)
class JudgedFilms:
    """Which films.

    Attributes:
        data: A folder that `pleura prepare` made.
        split: Which of its films.
        leave_out: Patients without whose films a second set of figures stands beside; may be repeated.
    """

    data: Path
    split: SplitChoice = "test"
    leave_out: Annotated[tuple[str, ...], Parameter(negative="")] = ()

    def open(self) -> tuple[Dataset, NDArray[np.int64], NDArray[np.int64]]:
        """The data set, the positions of its films, and the places among these of the second set of figures."""
        dataset = load_dataset(self.data)
        films = films_of(dataset, self.split)
        return dataset, films, without_patients(dataset, films, self.leave_out)
