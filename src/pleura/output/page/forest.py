"""A forest plot as SVG: differences with their intervals, one row each, about the line of no difference."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from pleura.output.page.plane import Axis
from pleura.output.page.ticks import label

Kind = Literal["none", "better", "worse", "other"]
"""What an interval shows: it holds 0, or lies on the better or the worse side, or neither side is better."""

_WIDTH, _LEFT, _RIGHT = 400, 8, 8
_TOP, _ROW, _BOTTOM = 26, 36, 22
_TEXT_DOWN, _LINE_DOWN, _HALF = 12, 24, 4.5
_AIR = 0.06
_LETTER = 5.8
"""Width of a letter of the page's charts, in units, as wide as fonts make it."""


@dataclass(frozen=True)
class ForestRow:
    """One difference.

    Attributes:
        name: of the figure.
        value: the difference; finite.
        low: lower end of its interval; NaN where there is none.
        high: upper end.
        text: the same in digits.
        kind: what the interval shows.
        faint: whether it rests on too few cases to be relied on.
    """

    name: str
    value: float
    low: float
    high: float
    text: str
    kind: Kind
    faint: bool = False


@dataclass(frozen=True)
class Forest:
    """Rows on one axis; `left` and `right` say what it means to lie on that side of the line."""

    title: str
    rows: Sequence[ForestRow]
    left: str
    right: str
    unit: str = ""


def draw_forest(forest: Forest) -> str:
    """A `<figure>`: title, the plot as SVG; all text is escaped. Nothing where there is no row.

    Full squares leave out 0, hollow circles do not; the axis is as long to either side, so that the line of no
    difference stands in the middle.
    """
    if not forest.rows:
        return ""
    axis = _axis(forest)
    height = _TOP + _ROW * len(forest.rows) + _BOTTOM
    floor = height - _BOTTOM
    middle = _across(axis, 0.0)
    parts = [
        f'<text class="side" x="{middle - 6:.1f}" y="12" text-anchor="end">← {escape(forest.left)}</text>',
        f'<text class="side" x="{middle + 6:.1f}" y="12">{escape(forest.right)} →</text>',
        *_ticks(axis, forest.unit, floor),
        f'<line class="zero" x1="{middle:.1f}" x2="{middle:.1f}" y1="{_TOP - 6}" y2="{floor}"/>',
        *(_row(row, axis, _TOP + _ROW * number) for number, row in enumerate(forest.rows)),
    ]
    title = escape(forest.title)
    return (
        f'<figure class="chart forest"><figcaption>{title}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{title}: differences with 95 % intervals">'
        f"{''.join(parts)}</svg></figure>"
    )


def _axis(forest: Forest) -> Axis:
    ends = [end for row in forest.rows for end in (row.value, row.low, row.high) if math.isfinite(end)]
    reach = max(map(abs, ends)) * (1 + _AIR) or 1.0
    return Axis(-reach, reach, most=5)


def _across(axis: Axis, value: float) -> float:
    return _LEFT + axis.share(value) * (_WIDTH - _LEFT - _RIGHT)


def _ticks(axis: Axis, unit: str, floor: int) -> list[str]:
    parts = [f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{floor}" y2="{floor}"/>']
    for tick in axis.ticks():
        at = f"{_across(axis, tick):.1f}"
        parts.append(f'<line class="tick" x1="{at}" x2="{at}" y1="{floor}" y2="{floor + 4}"/>')
        shown = f"{'+' if tick > 0 else ''}{label(tick)}".replace("-", "\N{MINUS SIGN}")
        parts.append(
            f'<text class="tick" x="{at}" y="{floor + 16}" text-anchor="middle">{shown}{escape(unit)}</text>'
        )
    return parts


def _row(row: ForestRow, axis: Axis, top: int) -> str:
    x, y = _across(axis, row.value), top + _LINE_DOWN
    end, text_down = _WIDTH - _RIGHT, top + _TEXT_DOWN
    kind = f"{row.kind}{' faint' if row.faint else ''}"
    parts = [
        f'<text class="name" x="{_LEFT}" y="{text_down}">{escape(_fitting(row))}</text>',
        f'<text class="said" x="{end}" y="{text_down}" text-anchor="end">{escape(row.text)}</text>',
    ]
    if math.isfinite(row.low) and math.isfinite(row.high):
        low, high = _across(axis, row.low), _across(axis, row.high)
        parts.append(f'<path class="interval" d="M{low:.1f} {y - 3}v6m0 -3H{high:.1f}m0 -3v6"/>')
    if row.kind == "none":
        parts.append(f'<circle class="mark" cx="{x:.1f}" cy="{y}" r="{_HALF - 0.5}"/>')
    else:
        parts.append(f'<rect class="mark" x="{x - _HALF + 0.5:.1f}" y="{y - _HALF + 0.5}" width="8" height="8"/>')
    return f'<g class="{kind}">{"".join(parts)}</g>'


def _fitting(row: ForestRow) -> str:
    """As much of the name as stands beside the digits."""
    most = int((_WIDTH - _LEFT - _RIGHT) / _LETTER) - len(row.text) - 1
    return row.name if len(row.name) <= most else f"{row.name[: most - 1].rstrip(' ,')}\N{HORIZONTAL ELLIPSIS}"
