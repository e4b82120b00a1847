"""Read one film of a source into what the data set stores of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.preprocess import apply_voi, to_square
from pleura.core.rle import encode
from pleura.core.types import Radiograph, View
from pleura.data.entry import Entry
from pleura.data.groups import Traits
from pleura.data.likeness import perceptual_hash
from pleura.data.truth import resize_mask
from pleura.image import read_film
from pleura.image.spacing import LEAST_MM, MOST_MM


@dataclass(frozen=True)
class Facts:
    """What is known of one film once it was read, without its pixels.

    Attributes:
        entry: where it came from.
        traits: what decides which other films it belongs to.
        code: native run-length code of the truth.
        shape: native rows and columns.
        area: share of the film that the truth covers, in [0, 1].
        spacing: mm down a column and along a row, or None where unknown or implausible.
        displayed: whether the grey values are stored under the header's display curve.
    """

    entry: Entry
    traits: Traits
    code: str
    shape: tuple[int, int]
    area: float
    spacing: tuple[float, float] | None
    displayed: bool


@dataclass(frozen=True)
class FilmRow:
    """One film as it is stored: (side, side) uint8 grey values and the truth as (side, side // 8) uint8 bits."""

    facts: Facts
    image: NDArray[np.uint8]
    packed: NDArray[np.uint8]


def read_entry(entry: Entry, side: int) -> FilmRow:
    """Read one film and its truth; the table's view and spacing go before the header's.

    Raises:
        UnreadableImage: the film is refused.
        DatasetError: the truth cannot be read or does not fit.
    """
    film = read_film(entry.film)
    truth = entry.truth.mask(film.shape)
    image = shrink(film, side)
    about = entry.about
    view = film.view if about.view is View.UNKNOWN else about.view
    traits = Traits(about.patient, film.source.sha256, about.sex, about.age, view, perceptual_hash(image))
    facts = Facts(
        entry=entry,
        traits=traits,
        code=encode(truth),
        shape=film.shape,
        area=float(truth.mean()),
        spacing=_spacing(entry, film),
        displayed=film.voi is not None,
    )
    return FilmRow(facts, image, np.packbits(resize_mask(truth, (side, side)), axis=-1))


def shrink(film: Radiograph, side: int) -> NDArray[np.uint8]:
    """A film as a data set stores it: resized, then the header's display curve, (side, side) uint8.

    The percentile stretch is left to the model's own contrast step.
    """
    small = to_square(film.pixels, side)
    shown = apply_voi(small, film.voi) if film.voi is not None else small
    return np.rint(shown * 255).astype(np.uint8)


def _spacing(entry: Entry, film: Radiograph) -> tuple[float, float] | None:
    """The table's spacing before the header's; None where the film would be no chest film's size."""
    about = entry.about
    if about.row_mm is not None and about.column_mm is not None:
        lengths = (film.shape[0] * about.row_mm, film.shape[1] * about.column_mm)
    elif about.extent_mm is not None:
        lengths = about.extent_mm
    else:
        return (film.spacing.row_mm, film.spacing.column_mm) if film.spacing else None
    if not all(LEAST_MM <= length <= MOST_MM for length in lengths):
        return None
    return lengths[0] / film.shape[0], lengths[1] / film.shape[1]
