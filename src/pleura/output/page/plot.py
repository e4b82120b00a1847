"""Plots of one measured thing against another as SVG: curves with bands, points of single films, lines that guide."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pleura.output.page.line_chart import COLOURS
from pleura.output.page.plane import Axis, Plane, Point

_SIDE = 400
_LEFT, _TOP, _BOTTOM = 48, 34, 46
_NEAR_END = 0.85


@dataclass(frozen=True)
class Curve:
    """A line through points; `band` shades between a lower and an upper y at each x. `colour` counts the readers."""

    name: str
    points: Sequence[Point]
    band: Sequence[tuple[float, float, float]] = ()
    colour: int = 0


@dataclass(frozen=True)
class Dots:
    """Points, of single films or of bins of them.

    `texts`, where given, stand beside them, as the number of films in a bin; `reach` is the lower and upper y of an
    upright line through each, as its interval.
    """

    name: str
    points: Sequence[Point]
    colour: int = 0
    texts: Sequence[str] = ()
    reach: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Guide:
    """A straight line from one point to another that helps to read the rest: chance, identity, a mean, a limit.

    `text` stands at its right end, just above it, or below it if `under`. `firm` draws it in ink, else it is dashed
    and grey.
    """

    start: Point
    end: Point
    text: str = ""
    firm: bool = False
    under: bool = False


@dataclass(frozen=True)
class Sign:
    """A ring at one point, as at the decision on a curve; one that is undefined (NaN) is left out, its name too."""

    name: str
    point: Point
    colour: int = 0


@dataclass(frozen=True)
class Plot:
    """A square plot; what lies outside the axes is not drawn, so that axes must hold the data."""

    title: str
    x: Axis
    y: Axis
    curves: Sequence[Curve] = ()
    dots: Sequence[Dots] = ()
    guides: Sequence[Guide] = ()
    signs: Sequence[Sign] = ()
    note: str = ""


def draw_plot(plot: Plot) -> str:
    """A `<figure>`: title, the plot as SVG, a legend of what has a name, and the note; all text is escaped."""
    plane = Plane(plot.x, plot.y, width=_SIDE, height=_SIDE, left=_LEFT, top=_TOP, bottom=_BOTTOM)
    parts = [*plane.grid(), *(_guide(guide, plane) for guide in plot.guides)]
    parts += [plane.band(curve.band, _colour(curve.colour)) for curve in plot.curves if curve.band]
    parts += [plane.line(curve.points, _colour(curve.colour)) for curve in plot.curves]
    parts += [_dots(dots, plane) for dots in plot.dots]
    signs = [sign for sign in plot.signs if plane.x.drawable(sign.point[0]) and plane.y.drawable(sign.point[1])]
    parts += [_sign(sign, plane) for sign in signs]
    title = escape(plot.title)
    named = f"{title}: {escape(plot.y.name)} against {escape(plot.x.name)}"
    note = f'<p class="note">{escape(plot.note)}</p>' if plot.note else ""
    return (
        f'<figure class="chart plot"><figcaption>{title}</figcaption>'
        f'<svg viewBox="0 0 {_SIDE} {_SIDE}" role="img" aria-label="{named}">{"".join(parts)}</svg>'
        f"{_legend(plot, signs)}{note}</figure>"
    )


def _colour(number: int) -> str:
    return f"line-{number % COLOURS}{' dashed' if number >= COLOURS else ''}"


def _guide(guide: Guide, plane: Plane) -> str:
    (x1, y1), (x2, y2) = ((plane.across(x), plane.down(y)) for x, y in (guide.start, guide.end))
    kind = "guide firm" if guide.firm else "guide"
    line = f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
    if not guide.text:
        return line
    y = y2 + 14 if guide.under else y2 - 4
    return f'{line}<text class="guide" x="{x2:.1f}" y="{y:.1f}" text-anchor="end">{escape(guide.text)}</text>'


def _dots(dots: Dots, plane: Plane) -> str:
    """One path of points without length, whose round (or square) ends are the dots: a few bytes a film."""
    shown = [
        (place, (x, y)) for place, (x, y) in enumerate(dots.points) if plane.x.drawable(x) and plane.y.drawable(y)
    ]
    path = "".join(f"M{plane.across(x):.1f} {plane.down(y):.1f}h0" for _, (x, y) in shown)
    shape = "square" if dots.colour % 2 else "round"
    texts = "".join(_beside(dots.texts[place], point, plane) for place, point in shown if dots.texts)
    lines = "".join(
        f"M{plane.across(x):.1f} {plane.down(low):.1f}V{plane.down(high):.1f}"
        for low, high, x in ((*dots.reach[place], x) for place, (x, _) in shown if dots.reach)
    )
    through = f'<path class="reach {_colour(dots.colour)}" d="{lines}"/>' if lines else ""
    return f'{through}<path class="dots {shape} {_colour(dots.colour)}" d="{path}"/>{texts}' if path else ""


def _beside(text: str, point: Point, plane: Plane) -> str:
    """Words beside a point, on the side where the plane has room."""
    right, top = plane.x.share(point[0]) > _NEAR_END, plane.y.share(point[1]) > _NEAR_END
    x, y = plane.across(point[0]) + (-8 if right else 8), plane.down(point[1]) + (17 if top else -7)
    anchor = ' text-anchor="end"' if right else ""
    return f'<text class="count" x="{x:.1f}" y="{y:.1f}"{anchor}>{escape(text)}</text>'


def _sign(sign: Sign, plane: Plane) -> str:
    x, y = plane.across(sign.point[0]), plane.down(sign.point[1])
    return f'<circle class="sign {_colour(sign.colour)}" cx="{x:.1f}" cy="{y:.1f}" r="5.5"/>'


def _legend(plot: Plot, signs: Sequence[Sign]) -> str:
    items: list[tuple[str, int, str]] = [("", curve.colour, curve.name) for curve in plot.curves]
    items += [("square" if dots.colour % 2 else "round", dots.colour, dots.name) for dots in plot.dots]
    items += [("ring", sign.colour, sign.name) for sign in signs]
    listed = "".join(
        f'<li class="{f"{kind} " if kind else ""}{_colour(colour)}">{escape(name)}</li>'
        for kind, colour, name in items
        if name
    )
    return f'<ul class="legend">{listed}</ul>' if listed else ""
