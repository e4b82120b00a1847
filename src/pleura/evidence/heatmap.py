"""The objective over two axes of the candidates, as a picture with the chosen place marked."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.lettering import Letters
from pleura.evidence.candidates import Candidates
from pleura.evidence.chart import GROUND, INK, LINE, MUTED, TEXT, Box, Sheet
from pleura.evidence.crossfit import Fitted

_LEFT, _TOP, _RIGHT, _BOTTOM = 90, 70, 150, 70
_LONGEST = 720
_TICKS = 8
_BAR = 24


_DOWN = {"threshold": "removal", "doublet": "area"}
"""What goes down the picture beside the level; under every other rule the presence threshold does."""

_WORDS = {
    "top": "top: presence threshold",
    "area": "area: px of a 1024 film",
    "removal": "removal: px of a 1024 film",
    "bottom": "bottom: outline threshold",
    "cut": "cut: signed distance of the outline",
}


def draw_heatmap(fitted: Fitted, tried: Candidates, objective: str) -> NDArray[np.uint8]:
    """Draw the objective over what the outline is cut at and, by the rule, presence threshold, area or removal.

    The other axes stand at the chosen candidate. Grey places are impossible.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    down, across = _DOWN.get(tried.rule, "top"), tried.level
    values, place = _plane(fitted, tried, down)
    cell = max(4, min(48, _LONGEST // max(values.shape)))
    field = Box(_LEFT, _TOP, cell * values.shape[1], cell * values.shape[0])
    sheet = Sheet(int(field.width) + _LEFT + _RIGHT, int(field.height) + _TOP + _BOTTOM)
    sheet.paste(_colours(values, cell), (_LEFT, _TOP))
    _mark(sheet, field, place, cell)
    _ticks(sheet, field, cell, tried.axes[across], _WORDS[across], across=True)
    _ticks(sheet, field, cell, tried.axes[down], _WORDS[down], across=False)
    _scale(sheet, field, values)
    head = f"{objective} {fitted.best.value:.4f} at the ring"
    sheet.words(head, (_LEFT, 14), Letters(TEXT + 4, INK))
    return sheet.pixels()


def _plane(fitted: Fitted, tried: Candidates, down: str) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """The surface over (`down`, level) through the chosen place, and that place on it."""
    names = list(tried.axes)
    keep = (names.index(down), names.index(tried.level))
    through = tuple(slice(None) if axis in keep else at for axis, at in enumerate(fitted.best.place))
    plane = fitted.surface[through]
    # `removal` comes after the level among the axes, and goes down the picture all the same.
    ordered = plane if keep[0] < keep[1] else plane.T
    return ordered, (fitted.best.place[keep[0]], fitted.best.place[keep[1]])


def _colours(values: NDArray[np.float64], cell: int) -> NDArray[np.uint8]:
    known = ~np.isnan(values)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    share = np.where(known, (values - low) / max(high - low, 1e-9), 0)
    colours = _viridis(np.rint(share * 255).astype(np.uint8))
    colours[~known] = LINE
    return colours.repeat(cell, axis=0).repeat(cell, axis=1)


def _viridis(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) uint8 -> (H, W, 3) RGB, readable without colour vision too."""
    return np.ascontiguousarray(cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[..., ::-1], dtype=np.uint8)


def _mark(sheet: Sheet, field: Box, place: tuple[int, int], cell: int) -> None:
    x, y = field.left + (place[1] + 0.5) * cell, field.top + (place[0] + 0.5) * cell
    for reach, colour in ((9, INK), (8, GROUND), (6, INK)):
        sheet.canvas.ellipse((x - reach, y - reach, x + reach, y + reach), outline=colour, width=2)


def _ticks(sheet: Sheet, field: Box, cell: int, values: tuple[float, ...], words: str, across: bool) -> None:
    letters, step = Letters(TEXT - 2, MUTED), max(1, -(-len(values) // _TICKS))
    for index in range(0, len(values), step):
        at = (index + 0.5) * cell
        if across:
            sheet.words(f"{values[index]:g}", (field.left + at, field.top + field.height + 8), letters, align=0.5)
        else:
            sheet.words(f"{values[index]:g}", (field.left - 8, field.top + at - TEXT / 2), letters, align=1.0)
    if across:
        sheet.words(words, (field.left, field.top + field.height + 34), Letters(TEXT, INK))
    else:
        sheet.words(words, (12, field.top - 26), Letters(TEXT, INK))


def _scale(sheet: Sheet, field: Box, values: NDArray[np.float64]) -> None:
    """A bar of the colours beside the field, with the values at its ends."""
    left, height = int(field.left + field.width) + 24, int(field.height)
    levels = np.linspace(255, 0, height).astype(np.uint8)[:, None].repeat(_BAR, axis=1)
    sheet.paste(_viridis(levels), (left, int(field.top)))
    letters = Letters(TEXT - 2, MUTED)
    sheet.words(f"{np.nanmax(values):.4f}", (left + _BAR + 8, field.top), letters)
    sheet.words(f"{np.nanmin(values):.4f}", (left + _BAR + 8, field.top + height - TEXT), letters)
