"""A confusion matrix as SVG: counts, with the share of each in its row and in its column."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 400, 300
_LEFT, _TOP, _GAP = 58, 46, 4
_CELL_WIDTH, _CELL_HEIGHT = (_WIDTH - _LEFT) / 2, (_HEIGHT - _TOP) / 2
_PALE = 0.45
"""How strongly a cell that holds its whole row is shaded: letters stay readable on it, by light and by dark."""


@dataclass(frozen=True)
class Matrix:
    """A two by two table of the truth (rows) against what was said (columns), absent before present.

    `counts` are at least 0; means over several runs need not be whole.
    """

    title: str
    counts: Sequence[Sequence[float]]
    note: str = ""


def draw_matrix(matrix: Matrix) -> str:
    """A `<figure>`: title, the matrix as SVG and the note; the shade of a cell is its share of its row."""
    title = escape(matrix.title)
    names = ("absent", "present")
    parts = [f'<text x="{_LEFT + _CELL_WIDTH:.0f}" y="14" text-anchor="middle">predicted</text>']
    parts.append(f'<text x="2" y="{_TOP - 12}">truth</text>')
    for place, name in enumerate(names):
        across, down = _LEFT + (place + 0.5) * _CELL_WIDTH, _TOP + (place + 0.5) * _CELL_HEIGHT
        parts.append(f'<text class="name" x="{across:.0f}" y="{_TOP - 12}" text-anchor="middle">{name}</text>')
        parts.append(f'<text class="name" x="2" y="{down:.0f}" dy=".35em">{name}</text>')
    parts += [_cell(matrix.counts, row, column) for row in range(2) for column in range(2)]
    note = f'<p class="note">{escape(matrix.note)}</p>' if matrix.note else ""
    return (
        f'<figure class="chart matrix"><figcaption>{title}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}">{"".join(parts)}</svg>{note}</figure>'
    )


def _cell(counts: Sequence[Sequence[float]], row: int, column: int) -> str:
    count = counts[row][column]
    of_row = _share(count, sum(counts[row]))
    of_column = _share(count, counts[0][column] + counts[1][column])
    x, y = _LEFT + column * _CELL_WIDTH, _TOP + row * _CELL_HEIGHT
    shade = 0.0 if math.isnan(of_row) else of_row
    middle = x + (_CELL_WIDTH - _GAP) / 2
    kind = "right" if row == column else "wrong"
    rect = f'x="{x:.1f}" y="{y:.1f}" width="{_CELL_WIDTH - _GAP:.1f}" height="{_CELL_HEIGHT - _GAP:.1f}"'
    lines = (
        ("count", y + 0.42 * _CELL_HEIGHT, _count(count)),
        ("share", y + 0.62 * _CELL_HEIGHT, f"{_percent(of_row)} of row"),
        ("share", y + 0.76 * _CELL_HEIGHT, f"{_percent(of_column)} of column"),
    )
    words = "".join(
        f'<text class="{name}" x="{middle:.1f}" y="{down:.1f}" text-anchor="middle">{text}</text>'
        for name, down, text in lines
    )
    shaded = f'<rect class="{kind}" {rect} rx="5" fill-opacity="{_PALE * shade:.3f}"/>'
    return f'<rect class="ground" {rect} rx="5"/>{shaded}{words}'


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _percent(share: float) -> str:
    """A share as a percentage; what is not quite nothing or everything is never rounded to it."""
    if math.isnan(share):
        return "none"
    percent = 100 * share
    if percent in (0.0, 100.0):
        return f"{percent:.0f} %"
    for digits in range(1, 7):
        shown = f"{percent:.{digits}f}"
        if float(shown) not in (0.0, 100.0):
            return f"{shown} %"
    return f"{percent:.6f} %"


def _count(count: float) -> str:
    return f"{count:,.0f}" if count == round(count) or count >= 1000 else f"{count:,.1f}"
