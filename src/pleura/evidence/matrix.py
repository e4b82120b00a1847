"""A confusion matrix as a picture: counts, with the share of each row and each column."""

import numpy as np
from numpy.typing import NDArray

from pleura.core.lettering import Colour, Letters
from pleura.core.metrics import Confusion
from pleura.evidence.chart import BLUE, GROUND, INK, LINE, MUTED, TEXT, Box, Sheet

_LEFT, _TOP, _CELL, _HIGH = 150, 110, 250, 150
_EDGE = 30
_NAMES = ("absent", "present")


def draw_confusion(confusion: Confusion, title: str) -> NDArray[np.uint8]:
    """Draw a confusion; the shade of a cell is its share of its row.

    Args:
        confusion: of pixels or of films.
        title: what was counted.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    sheet = Sheet(_LEFT + 2 * _CELL + _EDGE, _TOP + 2 * _HIGH + _EDGE)
    sheet.words(title, (_EDGE, 16), Letters(TEXT + 4, INK))
    small = Letters(TEXT, MUTED)
    sheet.words("prediction", (_LEFT + _CELL, 54), small, align=0.5)
    sheet.words("truth", (_EDGE, _TOP - 28), small)
    for index, name in enumerate(_NAMES):
        sheet.words(name, (_LEFT + (index + 0.5) * _CELL, _TOP - 28), Letters(TEXT, INK), align=0.5)
        sheet.words(name, (_EDGE, _TOP + (index + 0.5) * _HIGH - TEXT / 2), Letters(TEXT, INK))
    counts, rows, columns = confusion.matrix(), confusion.row_shares(), confusion.column_shares()
    for row, column in np.ndindex(2, 2):
        box = Box(_LEFT + column * _CELL, _TOP + row * _HIGH, _CELL, _HIGH)
        shares = (float(rows[row, column]), float(columns[row, column]))
        _cell(sheet, box, int(counts[row, column]), shares)
    return sheet.pixels()


def _cell(sheet: Sheet, box: Box, count: int, shares: tuple[float, float]) -> None:
    shade = 0.0 if np.isnan(shares[0]) else shares[0]
    sheet.fill(box, _mix(shade), edge=LINE)
    ink = GROUND if shade > 0.5 else INK
    x, y = box.centre
    sheet.words(f"{count:,}", (x, y - 44), Letters(TEXT + 10, ink), align=0.5)
    sheet.words(f"{_percent(shares[0])} of the row", (x, y + 2), Letters(TEXT, ink), align=0.5)
    sheet.words(f"{_percent(shares[1])} of the column", (x, y + 26), Letters(TEXT, ink), align=0.5)


def _mix(share: float) -> Colour:
    red, green, blue = (round(low + share * (high - low)) for low, high in zip(GROUND, BLUE, strict=True))
    return red, green, blue


def _percent(share: float) -> str:
    return "none" if np.isnan(share) else f"{100 * share:.2f} %"
