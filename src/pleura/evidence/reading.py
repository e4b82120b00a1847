"""One film with its truth and what a reader said of it, while the pixels are there."""

from collections.abc import Callable
from dataclasses import dataclass

from pleura.core.types import Mask, Radiograph


@dataclass(frozen=True, eq=False)
class Reading:
    """One film as a reader read it.

    Attributes:
        index: position of the film in the data set.
        film: the film.
        truth: (H, W) bool, the true outline at native size.
        mask: (H, W) bool, the reader's outline.
        score: the image-level score in [0, 1]; NaN where the reader gave none.
        present: the reader's decision.
        probability: calibrated probability of a pneumothorax in [0, 1]; None without a calibration.
    """

    index: int
    film: Radiograph
    truth: Mask
    mask: Mask
    score: float
    present: bool
    probability: float | None = None


Show = Callable[[Reading], None]
"""Sees each reading once, in the order of the films; of a cross-fit as its first draw decides."""


def show_nothing(reading: Reading) -> None:
    """For whoever needs no pixels."""
