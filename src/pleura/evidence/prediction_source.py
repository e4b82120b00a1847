"""Where the outlines of another tool lie: in tables of run-length code, or in mask files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.core.rle import decode
from pleura.core.types import Mask
from pleura.data import Case
from pleura.data.truth import resize_mask
from pleura.evidence.prediction_table import PREDICTIONS, Prediction, read_predictions, run_paths

MASK_ENDINGS = (".png", ".mask.png")
"""What follows a film's id in the name of its mask; the second as `pleura predict` writes it."""

_MOST_VALUES = 8
"""A picture of more grey values than this is no mask, but a film or a map of probabilities."""


class Source(Protocol):
    """The outlines of one run."""

    def has(self, case: Case) -> bool:
        """Whether anything is said of a film."""
        ...

    def mask(self, case: Case) -> Mask:
        """The outline of a film, (H, W) bool at native size; empty where nothing is said of it."""
        ...

    def said(self, case: Case) -> Prediction:
        """What else is said of it."""
        ...


def open_sources(folder: Path, rle_size: int | None) -> list[Source]:
    """The runs in a folder, at least one.

    Args:
        folder: with `predictions.csv` and tables of further runs, or with masks.
        rle_size: rows and columns of the square that run-length codes were drawn on; None for the film's own size.

    Raises:
        DatasetError: neither is there, or a table is not valid.
    """
    if not folder.is_dir():
        raise DatasetError(folder, "is no folder", f"Name a folder with {PREDICTIONS} or with masks <film id>.png.")
    tables: list[Source] = [TableSource(path, read_predictions(path), rle_size) for path in run_paths(folder)]
    if tables:
        return tables
    if next(folder.glob("*.png"), None) is None:
        raise DatasetError(folder, f"holds neither {PREDICTIONS} nor a mask", "Name masks by film id: <film id>.png.")
    return [MaskSource(folder)]


@dataclass(frozen=True)
class TableSource:
    """A table of run-length code."""

    path: Path
    rows: dict[str, Prediction]
    rle_size: int | None

    def has(self, case: Case) -> bool:
        """See `Source`."""
        return case.id in self.rows

    def mask(self, case: Case) -> Mask:
        """See `Source`.

        Raises:
            DatasetError: a code runs beyond its film, or cannot be read.
        """
        native = (case.height, case.width)
        drawn = native if self.rle_size is None else (self.rle_size, self.rle_size)
        whole = np.zeros(drawn, dtype=np.bool_)
        for code in self.said(case).codes:
            try:
                whole |= decode(code, drawn)
            except ValueError as error:
                remedy = "Mend that row, or give the size that it was drawn at (--rle-size)."
                raise DatasetError(self.path, f"film {case.id!r}: {error}", remedy) from error
        return resize_mask(whole, native)

    def said(self, case: Case) -> Prediction:
        """See `Source`."""
        return self.rows.get(case.id, Prediction(case.id))


@dataclass(frozen=True)
class MaskSource:
    """A folder of mask files named by film id, in which anything but 0 is pneumothorax."""

    folder: Path

    def has(self, case: Case) -> bool:
        """See `Source`."""
        return self._path(case) is not None

    def mask(self, case: Case) -> Mask:
        """See `Source`.

        Raises:
            DatasetError: the file is no picture, no mask, or of another size than its film.
        """
        path = self._path(case)
        if path is None:
            return np.zeros((case.height, case.width), dtype=np.bool_)
        values = _grey(path)
        if values.shape != (case.height, case.width):
            reason = f"is {values.shape[0]} x {values.shape[1]} pixels, its film {case.height} x {case.width}"
            raise DatasetError(path, reason, "Resize the mask to its film, by nearest neighbour.")
        count = np.unique(values).size
        if count > _MOST_VALUES:
            reason = f"has {count} grey values and is no mask"
            raise DatasetError(path, reason, "Cut it at a threshold and save it losslessly: 0 and 255.")
        mask: Mask = values > 0
        return mask

    def said(self, case: Case) -> Prediction:
        """See `Source`."""
        return Prediction(case.id)

    def _path(self, case: Case) -> Path | None:
        paths = (self.folder / f"{case.id}{ending}" for ending in MASK_ENDINGS)
        return next((path for path in paths if path.is_file()), None)


def _grey(path: Path) -> NDArray[np.uint16]:
    """One channel of a mask; an alpha channel says nothing of a pneumothorax and is left out."""
    content = np.fromfile(path, dtype=np.uint8)
    values = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if content.size else None
    if values is None or values.dtype.kind != "u":
        raise DatasetError(path, "is no image that can be decoded as a mask", "Save the mask as PNG.")
    if values.ndim == 2:
        return values.astype(np.uint16)
    colours = values[..., :3]
    if (colours != colours[..., :1]).any():
        raise DatasetError(path, "is a coloured picture and no mask", "Save the mask in one channel: 0 and 255.")
    return colours[..., 0].astype(np.uint16)
