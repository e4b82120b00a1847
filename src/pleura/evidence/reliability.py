"""The reliability diagram: how often a pneumothorax is there, by the probability that was given."""

import numpy as np
from numpy.typing import NDArray

from pleura.core.lettering import Letters
from pleura.core.metrics import Reliability
from pleura.evidence.chart import BLUE, INK, LINE, MUTED, TEXT, Box, Sheet

_FIELD = Box(80, 84, 400, 400)
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def draw_reliability(rows: Reliability, title: str) -> NDArray[np.uint8]:
    """Draw the share truly present over the mean probability of each bin, the number of films beside each point.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    sheet = Sheet(int(_FIELD.left + _FIELD.width) + 40, int(_FIELD.top + _FIELD.height) + 70)
    sheet.words(title, (_FIELD.left, 12), Letters(TEXT + 2, INK))
    sheet.words("share truly present", (12, 44), Letters(TEXT - 2, INK))
    sheet.words("probability given", (_FIELD.left, _FIELD.top + _FIELD.height + 34), Letters(TEXT - 2, INK))
    sheet.canvas.line((_at(0, 0), _at(1, 1)), fill=LINE, width=2)
    for tick in _TICKS:
        across, up = _at(tick, 0), _at(0, tick)
        sheet.words(f"{tick:g}", (across[0], across[1] + 8), Letters(TEXT - 2, MUTED), align=0.5)
        sheet.words(f"{tick:g}", (up[0] - 10, up[1] - TEXT / 2), Letters(TEXT - 2, MUTED), align=1.0)
    used = np.flatnonzero(rows.films)
    points = [_at(float(rows.probability[place]), float(rows.present[place])) for place in used]
    sheet.canvas.line(points, fill=BLUE, width=2)
    for place, (x, y) in zip(used, points, strict=True):
        sheet.canvas.ellipse((x - 5, y - 5, x + 5, y + 5), fill=BLUE)
        above = y > _FIELD.top + 30
        sheet.words(str(rows.films[place]), (x + 8, y - 22 if above else y + 8), Letters(TEXT - 3, MUTED))
    return sheet.pixels()


def _at(probability: float, share: float) -> tuple[float, float]:
    return _FIELD.left + probability * _FIELD.width, _FIELD.top + (1 - share) * _FIELD.height
