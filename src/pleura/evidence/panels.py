"""Films beside themselves: as they are, with the truth, and with what a model outlined."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.draw import OUTLINE, TRUTH, with_outlines
from pleura.core.lettering import Colour, Letters
from pleura.core.measures import measure_regions
from pleura.core.types import Mask, Radiograph
from pleura.evidence.chart import INK, MUTED, TEXT, Sheet
from pleura.output.overlay import display

_HEIGHT = 512
_HEAD, _GAP = 58, 12


@dataclass(frozen=True)
class Panel:
    """One copy of a film: its heading, a line below it, and an outline with its colour, or none."""

    title: str
    note: str
    mask: Mask | None = None
    colour: Colour = OUTLINE


def beside_truth(film: Radiograph, truth: Mask, predicted: Mask, note: str) -> NDArray[np.uint8]:
    """The film, the truth on it, and the prediction on it, (H, W, 3) uint8 RGB; masks are at native size."""
    drawn = "" if truth.any() else "no pneumothorax"
    return draw_panels(
        film, (Panel("film", ""), Panel("truth", drawn, truth, TRUTH), Panel("prediction", note, predicted))
    )


def plain_beside_tta(
    film: Radiograph, truth: Mask, plain: tuple[str, Mask], averaged: tuple[str, Mask]
) -> NDArray[np.uint8]:
    """The truth beside the prediction without and with test-time augmentation, each a note and a native mask."""
    drawn = "" if truth.any() else "no pneumothorax"
    return draw_panels(
        film, (Panel("truth", drawn, truth, TRUTH), Panel("plain", *plain), Panel("flip TTA", *averaged))
    )


def draw_panels(film: Radiograph, panels: Sequence[Panel]) -> NDArray[np.uint8]:
    """Draw panels of one film from left to right, 512 px high, (H, W, 3) uint8 RGB."""
    grey = display(film)
    width = max(1, round(grey.shape[1] * _HEIGHT / grey.shape[0]))
    small = np.asarray(cv2.resize(grey, (width, _HEIGHT), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    sheet = Sheet(len(panels) * (width + _GAP) + _GAP, _HEAD + _HEIGHT + _GAP)
    for index, panel in enumerate(panels):
        left = _GAP + index * (width + _GAP)
        mask = np.zeros(grey.shape, dtype=np.bool_) if panel.mask is None else panel.mask
        shown = cv2.resize(mask.astype(np.uint8), (width, _HEIGHT), interpolation=cv2.INTER_NEAREST) > 0
        sheet.paste(with_outlines(small, measure_regions(shown, None), panel.colour), (left, _HEAD))
        sheet.words(panel.title, (left, 10), Letters(TEXT + 2, INK))
        sheet.words(panel.note, (left, 34), Letters(TEXT - 2, MUTED))
    return sheet.pixels()
