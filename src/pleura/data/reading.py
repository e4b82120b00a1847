"""Read one film of a source into what the data set stores of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.preprocess import apply_voi, to_square
from pleura.core.rle import encode
from pleura.core.types import Radiograph, View
from pleura.data.entry import Entry
from pleura.data.likeness import perceptual_hash
from pleura.data.truth import resize_mask
from pleura.image import read_film

_NARROWEST_MM, _WIDEST_MM = 200.0, 600.0


@dataclass(frozen=True)
class FilmRow:
    """One film, read.

    Attributes:
        entry: where it came from.
        image: (side, side) uint8, after the header's display curve.
        packed: (side, side // 8) uint8, the truth on the same grid.
        code: native run-length code of the truth.
        shape: native rows and columns.
        area: share of the film that the truth covers.
        sha256: of the file.
        hash: perceptual hash, (32,) uint8.
        view: the table's, else the header's.
        spacing: mm down a column and along a row, or None.
    """

    entry: Entry
    image: NDArray[np.uint8]
    packed: NDArray[np.uint8]
    code: str
    shape: tuple[int, int]
    area: float
    sha256: str
    hash: NDArray[np.uint8]
    view: View
    spacing: tuple[float, float] | None


def read_entry(entry: Entry, side: int) -> FilmRow:
    """Read one film and its truth.

    Raises:
        UnreadableImage: the film is refused.
        DatasetError: the truth cannot be read or does not fit.
    """
    film = read_film(entry.film)
    truth = entry.truth.mask(film.shape)
    image = shrink(film, side)
    known = entry.about.view is not View.UNKNOWN
    return FilmRow(
        entry=entry,
        image=image,
        packed=np.packbits(resize_mask(truth, (side, side)), axis=-1),
        code=encode(truth),
        shape=film.shape,
        area=float(truth.mean()),
        sha256=film.source.sha256,
        hash=perceptual_hash(image),
        view=entry.about.view if known else film.view,
        spacing=_spacing(entry, film),
    )


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
    if about.row_mm is None or about.column_mm is None:
        return (film.spacing.row_mm, film.spacing.column_mm) if film.spacing else None
    lengths = (film.shape[0] * about.row_mm, film.shape[1] * about.column_mm)
    if not all(_NARROWEST_MM <= length <= _WIDEST_MM for length in lengths):
        return None
    return about.row_mm, about.column_mm
