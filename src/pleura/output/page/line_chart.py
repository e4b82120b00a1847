"""Line charts as SVG, drawn without JavaScript; their colours are the page's, light or dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from pleura.output.page.ticks import decades, label, round_ticks

COLOURS = 8
"""The page's style gives colours `--line-0` to `--line-7`; a chart with more lines repeats them, dashed."""

_WIDTH, _HEIGHT = 400, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 20, 30
_MOST_X, _MOST_Y = 7, 6

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line by name; a point whose y is NaN breaks it. `band` shades between a lower and an upper y at each x."""

    name: str
    points: Sequence[Point]
    band: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Mark:
    """An upright line at `x`: where a stage begins (`stage`), or the best epoch (`best`)."""

    x: float
    name: str
    kind: Literal["stage", "best"] = "stage"


@dataclass(frozen=True)
class Chart:
    """Lines over epochs. `limits` fixes the y axis, as for scores; `log` draws it in powers of ten.

    `span` is what the x axis shows at least, so that the charts of a run stand under each other.
    """

    title: str
    lines: Sequence[Line]
    span: tuple[float, float]
    marks: Sequence[Mark] = field(default=())
    limits: tuple[float, float] | None = None
    log: bool = False
    note: str = ""


@dataclass(frozen=True)
class _Plane:
    """Where data comes to stand: both axes' limits, y after its logarithm where there is one."""

    x: tuple[float, float]
    y: tuple[float, float]
    log: bool

    def across(self, x: float) -> float:
        low, high = self.x
        return _LEFT + (x - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    def down(self, y: float) -> float:
        low, high = self.y
        share = ((math.log10(y) if self.log else y) - low) / (high - low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def draw_chart(chart: Chart) -> str:
    """A `<figure>`: title, the chart as SVG, and a legend below it; all text is escaped."""
    title = escape(chart.title)
    plane = _plane(chart)
    if plane is None:
        empty = '<p class="none">Nothing measured yet.</p>'
        return f'<figure class="chart"><figcaption>{title}</figcaption>{empty}</figure>'
    parts = [*_grid(plane), *(_mark(mark, plane) for mark in chart.marks)]
    parts += [_line(number, line, plane) for number, line in enumerate(chart.lines)]
    drawn = "".join(parts)
    note = f'<p class="note">{escape(chart.note)}</p>' if chart.note else ""
    return (
        f'<figure class="chart"><figcaption>{title}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title} by epoch">{drawn}</svg>'
        f"{_legend(chart.lines)}{note}</figure>"
    )


def _plane(chart: Chart) -> _Plane | None:
    """The limits that hold every point that can be drawn, or None where there is none."""
    shown = [point for line in chart.lines for point in line.points if _drawable(point[1], chart.log)]
    if not shown:
        return None
    across = [*chart.span, *(x for x, _ in shown)]
    heights = [y for _, y in shown]
    heights += [y for line in chart.lines for pair in line.band for y in pair if _drawable(y, chart.log)]
    if chart.limits is not None:
        heights = list(chart.limits)
    ends = [math.log10(y) if chart.log else y for y in (min(heights), max(heights))]
    air = 0.0 if chart.limits is not None else 0.06 * (ends[1] - ends[0]) or 0.5 * abs(ends[0]) or 0.5
    left, right = min(across), max(across)
    wide = 0.0 if right > left else 0.5
    return _Plane((left - wide, right + wide), (ends[0] - air, ends[1] + air), chart.log)


def _drawable(y: float, log: bool) -> bool:
    return math.isfinite(y) and (y > 0 or not log)


def _grid(plane: _Plane) -> list[str]:
    low, high = plane.y
    across = _HEIGHT - _BOTTOM
    rows = decades(10**low, 10**high) if plane.log else round_ticks(low, high, _MOST_Y)
    parts = []
    for y in rows:
        at = f"{plane.down(y):.1f}"
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{at}" dy=".35em" text-anchor="end">{label(y)}</text>')
    for x in round_ticks(*plane.x, _MOST_X):
        if x == int(x):
            at = f"{plane.across(x):.1f}"
            parts.append(f'<line class="tick" x1="{at}" x2="{at}" y1="{across}" y2="{across + 4}"/>')
            parts.append(f'<text class="tick" x="{at}" y="{across + 16}" text-anchor="middle">{int(x)}</text>')
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{across}" y2="{across}"/>')
    parts.append(f'<text class="tick" x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 2}" text-anchor="end">epoch</text>')
    return parts


def _mark(mark: Mark, plane: _Plane) -> str:
    low, high = plane.x
    if not low <= mark.x <= high:
        return ""
    at, near_end = plane.across(mark.x), mark.x > low + 0.7 * (high - low)
    side, anchor = (-4, "end") if near_end else (4, "start")
    # A stage's name stands above the plot, the best epoch's within it, so that the two never meet.
    height = _TOP - 7 if mark.kind == "stage" else _TOP + 10
    place = f'x="{at + side:.1f}" y="{height}" text-anchor="{anchor}"'
    return (
        f'<line class="{mark.kind}" x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"/>'
        f'<text class="{mark.kind}" {place}>{escape(mark.name)}</text>'
    )


def _line(number: int, line: Line, plane: _Plane) -> str:
    colour, dashed = f"line-{number % COLOURS}", " dashed" if number >= COLOURS else ""
    runs: list[list[Point]] = [[]]
    for x, y in line.points:
        if _drawable(y, plane.log):
            runs[-1].append((plane.across(x), plane.down(y)))
        elif runs[-1]:
            runs.append([])
    parts = [_band(line, plane, colour)] if line.band else []
    for run in filter(None, runs):
        if len(run) == 1:
            parts.append(f'<circle class="{colour}" cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="2.5"/>')
        else:
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            parts.append(f'<polyline class="line {colour}{dashed}" points="{points}"/>')
    return "".join(parts)


def _band(line: Line, plane: _Plane, colour: str) -> str:
    both = [(x, *pair) for (x, _), pair in zip(line.points, line.band, strict=True) if all(map(math.isfinite, pair))]
    there = [(plane.across(x), plane.down(high)) for x, _, high in both]
    back = [(plane.across(x), plane.down(low)) for x, low, _ in reversed(both)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in there + back)
    return f'<polygon class="band {colour}" points="{points}"/>'


def _legend(lines: Sequence[Line]) -> str:
    items = "".join(
        f'<li class="line-{number % COLOURS}{" dashed" if number >= COLOURS else ""}">{escape(line.name)}'
        f"<b>{_last(line)}</b></li>"
        for number, line in enumerate(lines)
    )
    return f'<ul class="legend">{items}</ul>'


def _last(line: Line) -> str:
    """The last value of a line, as the legend shows it."""
    known = [y for _, y in line.points if math.isfinite(y)]
    if not known:
        return "none"
    return f"{known[-1]:.3f}" if 1e-3 <= abs(known[-1]) < 1e3 else label(float(f"{known[-1]:.3g}"))
