"""The plane of a chart: its axes, where data comes to stand on it, and the grid below the data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pleura.output.page.ticks import decades, label, round_ticks

Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """One axis from `low` to `high`, in the units of the data.

    Attributes:
        low: its lower end, above 0 where `log`.
        high: its upper end, above `low`.
        name: what it measures, with the unit.
        log: whether it runs in powers of ten.
        steps: of each power of ten, those multiples that get a tick.
        most: ticks at the most, where it is not logarithmic.
        whole: whether only whole numbers get a tick, as for epochs.
    """

    low: float
    high: float
    name: str = ""
    log: bool = False
    steps: tuple[float, ...] = (1.0,)
    most: int = 6
    whole: bool = False

    def share(self, value: float) -> float:
        """How far along the axis a value stands: 0 at its lower end, 1 at its upper one."""
        low, high, at = (math.log10(number) if self.log else number for number in (self.low, self.high, value))
        return (at - low) / (high - low)

    def drawable(self, value: float) -> bool:
        """Whether a value has a place: it is finite, and above 0 on a logarithmic axis."""
        return math.isfinite(value) and (value > 0 or not self.log)

    def ticks(self) -> list[float]:
        """Round numbers along it, ascending."""
        if self.log:
            return decades(self.low, self.high, self.steps)
        ticks = round_ticks(self.low, self.high, self.most)
        return [tick for tick in ticks if tick == int(tick)] if self.whole else ticks


@dataclass(frozen=True)
class Plane:
    """Two axes on a picture of `width` x `height` px with room around them for ticks and names."""

    x: Axis
    y: Axis
    width: int = 400
    height: int = 240
    left: int = 46
    right: int = 12
    top: int = 20
    bottom: int = 30

    def across(self, x: float) -> float:
        """Px from the picture's left edge."""
        return self.left + self.x.share(x) * (self.width - self.left - self.right)

    def down(self, y: float) -> float:
        """Px from the picture's upper edge."""
        return self.height - self.bottom - self.y.share(y) * (self.height - self.top - self.bottom)

    def at(self, points: Sequence[Point]) -> str:
        """Points as SVG writes them, to a tenth of a px."""
        return " ".join(f"{self.across(x):.1f},{self.down(y):.1f}" for x, y in points)

    def grid(self) -> list[str]:
        """Lines across at the y ticks, ticks below, and the names of both axes."""
        floor, end = self.height - self.bottom, self.width - self.right
        parts = []
        for y in self.y.ticks():
            at = f"{self.down(y):.1f}"
            parts.append(f'<line class="grid" x1="{self.left}" x2="{end}" y1="{at}" y2="{at}"/>')
            parts.append(
                f'<text class="tick" x="{self.left - 6}" y="{at}" dy=".35em" text-anchor="end">{label(y)}</text>'
            )
        for x in self.x.ticks():
            at = f"{self.across(x):.1f}"
            parts.append(f'<line class="tick" x1="{at}" x2="{at}" y1="{floor}" y2="{floor + 4}"/>')
            parts.append(f'<text class="tick" x="{at}" y="{floor + 17}" text-anchor="middle">{label(x)}</text>')
        parts.append(f'<line class="axis" x1="{self.left}" x2="{end}" y1="{floor}" y2="{floor}"/>')
        parts.append(
            f'<text class="tick" x="{end}" y="{self.height - 2}" text-anchor="end">{escape(self.x.name)}</text>'
        )
        if self.y.name:
            parts.append(f'<text class="tick" x="2" y="{self.top - 14}">{escape(self.y.name)}</text>')
        return parts

    def band(self, points: Sequence[tuple[float, float, float]], colour: str) -> str:
        """A shade between a lower and an upper y at each x; where one has no place it is left out."""
        shown = [both for both in points if self.y.drawable(both[1]) and self.y.drawable(both[2])]
        there = self.at([(x, high) for x, _, high in shown])
        back = self.at([(x, low) for x, low, _ in reversed(shown)])
        return f'<polygon class="band {colour}" points="{there} {back}"/>'

    def line(self, points: Sequence[Point], colour: str) -> str:
        """A line through points, broken where one has no place; a lonely point is a dot. `colour` is its class."""
        runs: list[list[Point]] = [[]]
        for x, y in points:
            if self.y.drawable(y):
                runs[-1].append((x, y))
            elif runs[-1]:
                runs.append([])
        parts = []
        for run in filter(None, runs):
            if len(run) == 1:
                x, y = self.across(run[0][0]), self.down(run[0][1])
                parts.append(f'<circle class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>')
            else:
                parts.append(f'<polyline class="line {colour}" points="{self.at(run)}"/>')
        return "".join(parts)
