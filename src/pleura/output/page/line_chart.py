"""Line charts as SVG, drawn without JavaScript; their colours are the page's, light or dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from pleura.output.page.plane import Axis, Plane, Point
from pleura.output.page.ticks import label

COLOURS = 8
"""The page's style gives colours `--line-0` to `--line-7`; a chart with more lines repeats them, dashed."""

_MOST_X, _MOST_Y = 7, 6


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


def draw_chart(chart: Chart) -> str:
    """A `<figure>`: title, the chart as SVG, and a legend below it; all text is escaped."""
    title = escape(chart.title)
    plane = _plane(chart)
    if plane is None:
        empty = '<p class="none">Nothing measured yet.</p>'
        return f'<figure class="chart"><figcaption>{title}</figcaption>{empty}</figure>'
    parts = [*plane.grid(), *(_mark(mark, plane) for mark in chart.marks)]
    parts += [_line(number, line, plane) for number, line in enumerate(chart.lines)]
    drawn = "".join(parts)
    note = f'<p class="note">{escape(chart.note)}</p>' if chart.note else ""
    return (
        f'<figure class="chart"><figcaption>{title}</figcaption>'
        f'<svg viewBox="0 0 {plane.width} {plane.height}" role="img" aria-label="{title} by epoch">{drawn}</svg>'
        f"{_legend(chart.lines)}{note}</figure>"
    )


def _plane(chart: Chart) -> Plane | None:
    """The limits that hold every point that can be drawn, or None where there is none."""
    shown = [point for line in chart.lines for point in line.points if _drawable(point[1], chart.log)]
    if not shown:
        return None
    across = [*chart.span, *(x for x, _ in shown)]
    heights = [y for _, y in shown]
    heights += [y for line in chart.lines for pair in line.band for y in pair if _drawable(y, chart.log)]
    if chart.limits is not None:
        heights = list(chart.limits)
    low, high = (math.log10(y) if chart.log else y for y in (min(heights), max(heights)))
    air = 0.0 if chart.limits is not None else 0.06 * (high - low) or 0.5 * abs(low) or 0.5
    ends = [10**end if chart.log else end for end in (low - air, high + air)]
    left, right = min(across), max(across)
    wide = 0.0 if right > left else 0.5
    x = Axis(left - wide, right + wide, "epoch", most=_MOST_X, whole=True)
    return Plane(x, Axis(ends[0], ends[1], log=chart.log, most=_MOST_Y))


def _drawable(y: float, log: bool) -> bool:
    return math.isfinite(y) and (y > 0 or not log)


def _mark(mark: Mark, plane: Plane) -> str:
    low, high = plane.x.low, plane.x.high
    if not low <= mark.x <= high:
        return ""
    at, near_end = plane.across(mark.x), mark.x > low + 0.7 * (high - low)
    side, anchor = (-4, "end") if near_end else (4, "start")
    # A stage's name stands above the plot, the best epoch's within it, so that the two never meet.
    height = plane.top - 7 if mark.kind == "stage" else plane.top + 10
    place = f'x="{at + side:.1f}" y="{height}" text-anchor="{anchor}"'
    return (
        f'<line class="{mark.kind}" x1="{at:.1f}" x2="{at:.1f}" y1="{plane.top}" y2="{plane.height - plane.bottom}"/>'
        f'<text class="{mark.kind}" {place}>{escape(mark.name)}</text>'
    )


def _line(number: int, line: Line, plane: Plane) -> str:
    colour = f"line-{number % COLOURS}"
    band = [(x, low, high) for (x, _), (low, high) in zip(line.points, line.band, strict=True)] if line.band else []
    shade = plane.band(band, colour) if band else ""
    return shade + plane.line(line.points, f"{colour} dashed" if number >= COLOURS else colour)


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
