"""Where a network looks on a film: the same window on the way in and on the way back."""

from dataclasses import dataclass

import numpy as np

from pleura.core.spec import REFERENCE_SIDE, Crop, LungCrop
from pleura.core.types import Mask


@dataclass(frozen=True)
class Window:
    """The part of a film that the network sees, in native pixels: rows [top, bottom), columns [left, right)."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the part."""
        return self.bottom - self.top, self.right - self.left


def crop_window(shape: tuple[int, ...], crop: Crop | None) -> Window:
    """Place a fractional crop on a film of `shape` (H, W), clipped to the film; it is never empty."""
    height, width = shape[:2]
    if crop is None:
        return Window(0, height, 0, width)
    down, across = crop.margin_px * height / REFERENCE_SIDE, crop.margin_px * width / REFERENCE_SIDE
    top, bottom = _span(crop.top * height - down, crop.bottom * height + down, height)
    left, right = _span(crop.left * width - across, crop.right * width + across, width)
    return Window(top, bottom, left, right)


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    """Whole pixels between two positions on an axis of `size` pixels, one at the least."""
    first = min(max(0, round(low)), size - 1)
    return first, max(first + 1, min(size, round(high)))


def box_around(mask: Mask, crop: Crop | None) -> Crop | None:
    """The smallest upright box around a mask, in fractions of the film; None where it is empty.

    Args:
        mask: (H, W) on the part of the film that `crop` shows, of any size.
        crop: None for the whole film.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    part = crop_window((REFERENCE_SIDE, REFERENCE_SIDE), crop)
    down, across = part.shape[0] / mask.shape[0], part.shape[1] / mask.shape[1]
    return Crop(
        top=(part.top + float(rows[0]) * down) / REFERENCE_SIDE,
        bottom=min(1.0, (part.top + float(rows[-1] + 1) * down) / REFERENCE_SIDE),
        left=(part.left + float(columns[0]) * across) / REFERENCE_SIDE,
        right=min(1.0, (part.left + float(columns[-1] + 1) * across) / REFERENCE_SIDE),
    )


def lung_window(lungs: Crop | None, asked: LungCrop) -> Crop:
    """The part of a film that a model with a lung crop sees; the whole film where no lungs were found.

    Args:
        lungs: the smallest box around them, or None.
        asked: how far it is widened.
    """
    if lungs is None:
        return Crop(top=0.0, bottom=1.0, left=0.0, right=1.0)
    down, across = asked.margin * (lungs.bottom - lungs.top), asked.margin * (lungs.right - lungs.left)
    return Crop(
        top=max(0.0, lungs.top - down),
        bottom=min(1.0, lungs.bottom + down),
        left=max(0.0, lungs.left - across),
        right=min(1.0, lungs.right + across),
    )
