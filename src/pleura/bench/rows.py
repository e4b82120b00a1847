"""What was measured, as rows, and the table of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pleura.bench.timing import Times

_COLUMNS = ("what", "median (least to most)", "ratio", "aim")


@dataclass(frozen=True)
class Row:
    """One measurement: the middle of several, their least and most, and its ratio to a baseline of the same run.

    `most_ratio` and `most_value` are aims: at most that ratio, at most that value. `unit` is "s" or "MB".
    """

    what: str
    value: float
    least: float
    most: float
    unit: str = "s"
    baseline: str = ""
    ratio: float | None = None
    most_ratio: float | None = None
    most_value: float | None = None
    machine: str = ""

    @classmethod
    def of(cls, what: str, times: Times) -> "Row":
        """Seconds without a baseline or an aim."""
        return cls(what, times.median, min(times.seconds), max(times.seconds))

    @property
    def has_aim(self) -> bool:
        """Whether something was asked of it."""
        return self.most_ratio is not None or self.most_value is not None

    @property
    def meets_aim(self) -> bool:
        """Whether it keeps within what was asked; a missing ratio does not."""
        by_value = self.most_value is None or self.value <= self.most_value
        by_ratio = self.most_ratio is None or (self.ratio is not None and self.ratio <= self.most_ratio)
        return by_value and by_ratio

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The row in words, a cell a column of the table; empty where there is nothing to say."""
        against = "" if self.ratio is None else f"{self.ratio:.2f} x {self.baseline}"
        return self.what, _span(self), against, _aim(self)


def table(rows: Sequence[Row]) -> str:
    """Rows as a Markdown table of the columns that hold anything."""
    cells = [row.cells for row in rows]
    kept = [column for column in range(len(_COLUMNS)) if any(line[column] for line in cells)]
    lines = [_COLUMNS, ("---",) * len(_COLUMNS), *cells]
    ruled = [[line[column] for column in kept] for line in lines]
    return "\n".join("|---" * len(kept) + "|" if line[0] == "---" else f"| {' | '.join(line)} |" for line in ruled)


def _span(row: Row) -> str:
    middle = _number(row.value, row.unit)
    if row.least == row.most:
        return middle
    return f"{middle} ({_number(row.least, row.unit)} to {_number(row.most, row.unit)})"


def _number(value: float, unit: str) -> str:
    if unit != "s":
        return f"{value:.0f} {unit}"
    return f"{value:.3g} s" if abs(value) >= 1 else f"{1000 * value:.3g} ms"


def _aim(row: Row) -> str:
    aims = [] if row.most_value is None else [_number(row.most_value, row.unit)]
    aims += [] if row.most_ratio is None else [f"{row.most_ratio:.3g} x"]
    return f"at most {', '.join(aims)}: {'met' if row.meets_aim else '**missed**'}" if aims else ""
