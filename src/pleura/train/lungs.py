"""Where the lungs are on films that are trained on, for recipes that crop to them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pleura.core.geometry import lung_window
from pleura.core.spec import Crop, LungCrop
from pleura.core.types import Radiograph, Source
from pleura.data import Dataset
from pleura.predict.clock import Clock
from pleura.predict.lungs import LungFinder
from pleura.runtime import EngineChoice, read_model

_BITS = 8


def lung_windows(
    dataset: Dataset, indices: Sequence[int] | NDArray[np.int64], lungs: Path, asked: LungCrop
) -> tuple[Crop, ...]:
    """The part of each film that a recipe with a lung crop sees, in fractions of the film.

    The stored films are whole, so that the windows hold at every resolution. The lungs are found in float32, which
    every machine has.

    Args:
        dataset: a prepared data set.
        indices: (N,) positions of films in it.
        lungs: a model file whose mask is the lungs.
        asked: the recipe's `input.lung_crop`.

    Raises:
        ModelFileError: no valid model file.
    """
    finder = LungFinder(read_model(lungs), EngineChoice(precision="float32"))
    clock = Clock()
    return tuple(lung_window(finder.box(_stored_film(dataset, int(index)), clock), asked) for index in indices)


def _stored_film(dataset: Dataset, index: int) -> Radiograph:
    case = dataset.cases[index]
    pixels = dataset.images[index].astype(np.float32) / 255
    return Radiograph(pixels, Source(case.id, case.id, case.sha256, "stored"), bits=_BITS)
