"""The display curve that the header asks for, carried over to pixels in [0, 1] with 1 = dense."""

import math
from dataclasses import dataclass

from pleura.core.types import Note, Voi
from pleura.image.lut import read_table
from pleura.image.tags import Tags

_LEAST_WIDTH = 1 / 512
"""A window narrower than this share of the declared range would turn a film into black and white."""


@dataclass(frozen=True)
class Range:
    """The declared range in the units of the header's windows, and whether polarity was turned after it."""

    low: float
    high: float
    turned: bool

    def place(self, value: float) -> float:
        """Where a value stands, 0 at `low` and 1 at `high`, polarity not yet regarded."""
        return (value - self.low) / (self.high - self.low)


def read_voi(tags: Tags, declared: Range) -> tuple[Voi | None, tuple[Note, ...]]:
    """Read the VOI LUT module (PS3.3 C.11.2): its first sane table, else its first sane window.

    Returns:
        The curve, or None where there is none that can be used, and a warning where one was ignored.
    """
    curves = [*_tables(tags, declared), *_windows(tags, declared)]
    sane = [curve for curve in curves if curve is not None]
    notes: tuple[Note, ...] = ()
    if len(sane) < len(curves):
        notes = (Note("voi_ignored", "A display window or table of the header is unusable and was ignored."),)
    return (sane[0] if sane else None), notes


def _tables(tags: Tags, declared: Range) -> list[Voi | None]:
    curves: list[Voi | None] = []
    for item in tags.items("VOILUTSequence"):
        table = read_table(item)
        if table is None:
            curves.append(None)
            continue
        low, high = declared.place(table.first), declared.place(table.first + len(table.values) - 1)
        values = tuple(table.values.tolist())
        if declared.turned:
            low, high, values = 1 - high, 1 - low, tuple(1 - value for value in reversed(values))
        usable = _overlaps(low, high) and max(values) > min(values)
        curves.append(Voi("table", low, high, values) if usable else None)
    return curves


def _windows(tags: Tags, declared: Range) -> list[Voi | None]:
    centres, widths = tags.numbers("WindowCenter"), tags.numbers("WindowWidth")
    if len(centres) != len(widths):
        return [None]
    function = tags.text("VOILUTFunction") or "LINEAR"
    return [_window(function, *pair, declared) for pair in zip(centres, widths, strict=True)]


def _window(function: str, centre: float, width: float, declared: Range) -> Voi | None:
    if not math.isfinite(centre) or not math.isfinite(width) or width <= 0:
        return None
    if function == "LINEAR":
        # PS3.3 C.11.2.1.2.1: the width counts grey values, so it spans one less.
        centre, width = centre - 0.5, width - 1
    elif function not in ("LINEAR_EXACT", "SIGMOID"):
        return None
    low, high = declared.place(centre - width / 2), declared.place(centre + width / 2)
    if declared.turned:
        low, high = 1 - high, 1 - low
    if not _overlaps(low, high):
        return None
    if function == "SIGMOID":
        middle = (low + high) / 2
        return Voi("sigmoid", middle, middle + (high - low))
    return Voi("linear", low, high)


def _overlaps(low: float, high: float) -> bool:
    return high - low >= _LEAST_WIDTH and high > 0 and low < 1
