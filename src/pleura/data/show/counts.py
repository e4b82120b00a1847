"""How many films, patients and pneumothoraces of each kind a data set holds, and what is known of their lengths."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pleura.data.case import Case

_UNKNOWN = "unknown"
_AGES = ((18.0, "below 18"), (40.0, "18 to 39"), (60.0, "40 to 59"))
_OLDEST = "60 and above"
_MOST_SIZES = 6


@dataclass(frozen=True)
class Count:
    """One row: films of `name` on an axis, how many of them have a pneumothorax, and of how many patients they are.

    `patients` counts stand-in groups of near-duplicates where no patient is known.
    """

    axis: str
    name: str
    films: int
    present: int
    patients: int


@dataclass(frozen=True)
class Lengths:
    """Quartiles and ends of one measured thing over the films that have it: (least, 25 %, median, 75 %, most)."""

    name: str
    unit: str
    films: int
    ends: tuple[float, float, float, float, float]


def count_films(cases: Sequence[Case]) -> tuple[Count, ...]:
    """Rows of every axis, in a fixed order of axes; sites only where one is known."""
    axes: list[tuple[str, Callable[[Case], str], Sequence[str]]] = [
        ("split", lambda case: case.split, ("train", "val", "test")),
        ("view", lambda case: case.view.value, ("PA", "AP", _UNKNOWN)),
        ("sex", lambda case: case.sex, ("F", "M", _UNKNOWN)),
        ("age", age_band, (*(name for _, name in _AGES), _OLDEST, _UNKNOWN)),
    ]
    if any(case.site for case in cases):
        axes.append(("site", lambda case: case.site or _UNKNOWN, sorted({case.site or _UNKNOWN for case in cases})))
    rows = []
    for axis, of, names in axes:
        kinds: dict[str, list[Case]] = defaultdict(list)
        for case in cases:
            kinds[of(case)].append(case)
        rows += [_row(axis, name, kinds[name]) for name in names if kinds[name]]
    return tuple(rows)


def count_sizes(cases: Sequence[Case]) -> tuple[tuple[str, int], ...]:
    """The commonest native sizes as `rows x columns` with their films, and all others together."""
    sizes: dict[str, int] = defaultdict(int)
    for case in cases:
        sizes[f"{case.height} x {case.width}"] += 1
    ranked = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(films for _, films in ranked[_MOST_SIZES:])
    return (*ranked[:_MOST_SIZES], *([(f"{len(ranked) - _MOST_SIZES} other sizes", rest)] if rest else []))


def measure_lengths(cases: Sequence[Case]) -> tuple[Lengths, ...]:
    """Lengths of a pixel, and of the whole film, of the films whose spacing is known; none where no film's is."""
    known = [(case, case.row_mm, case.column_mm) for case in cases if case.row_mm and case.column_mm]
    if not known:
        return ()
    named = (
        ("a pixel down a column", "mm", [row for _, row, _ in known]),
        ("a pixel along a row", "mm", [column for _, _, column in known]),
        ("rows to columns of a pixel", "ratio", [row / column for _, row, column in known]),
        ("height of the film", "cm", [case.height * row / 10 for case, row, _ in known]),
        ("width of the film", "cm", [case.width * column / 10 for case, _, column in known]),
    )
    return tuple(_lengths(name, unit, values) for name, unit, values in named)


def age_band(case: Case) -> str:
    """The band that a film's age falls into."""
    if case.age is None:
        return _UNKNOWN
    return next((name for end, name in _AGES if case.age < end), _OLDEST)


def _row(axis: str, name: str, cases: Sequence[Case]) -> Count:
    return Count(axis, name, len(cases), sum(case.present for case in cases), len({case.patient for case in cases}))


def _lengths(name: str, unit: str, values: Sequence[float]) -> Lengths:
    least, low, middle, high, most = (float(end) for end in np.quantile(values, (0, 0.25, 0.5, 0.75, 1)))
    return Lengths(name, unit, len(values), (least, low, middle, high, most))
