"""What a benchmark measured, as rows of a CSV file, and the table that the README quotes."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pleura.core.files import write_text

RESULTS = Path(__file__).parent / "results"
BENCH = "bench"
"""What the markers of the table of speeds are called in README.md and docs/speed.md."""


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


def results_file(subject: str) -> Path:
    """Where a subject's rows are kept."""
    return RESULTS / f"{subject}.csv"


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write a subject's rows, replacing those of its last run."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in asdict(row).items()})
    write_text(path, text.getvalue())


def read_rows(path: Path) -> list[Row]:
    """Read a subject's rows."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_row(record) for record in csv.DictReader(file)]


def show(rows: Sequence[Row]) -> None:
    """Print rows, one a line."""
    for row in rows:
        print(" | ".join(cell for cell in _cells(row) if cell), flush=True)


def table(rows: Sequence[Row]) -> str:
    """Rows as a Markdown table, with the machines they were measured on below it."""
    lines = ["| what | median (least to most) | ratio | aim |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    machines = "; ".join(sorted({row.machine for row in rows}))
    return "\n".join((*lines, "", f"Measured on: {machines}."))


def put_between_markers(path: Path, text: str, subject: str = BENCH) -> None:
    """Replace what stands between a subject's markers in a Markdown file.

    Raises:
        ValueError: the file lacks a marker.
    """
    start, end = markers(subject)
    content = path.read_text("utf-8")
    head, found_start, rest = content.partition(start)
    _, found_end, tail = rest.partition(end)
    if not found_start or not found_end:
        raise ValueError(f"{path}: lacks the markers {start} and {end}")
    write_text(path, f"{head}{start}\n{text}\n{end}{tail}")


def markers(subject: str) -> tuple[str, str]:
    """What a table of this subject stands between."""
    return f"<!-- {subject}:start -->", f"<!-- {subject}:end -->"


def _row(record: dict[str, str]) -> Row:
    numbers = {"value", "least", "most", "ratio", "most_ratio", "most_value"}
    values = {name: (float(text) if text else None) if name in numbers else text for name, text in record.items()}
    return Row(**values)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _cells(row: Row) -> tuple[str, str, str, str]:
    against = "" if row.ratio is None else f"{row.ratio:.2f} x {row.baseline}"
    return row.what, _span(row), against, _aim(row)


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
    aims += [] if row.most_ratio is None else [f"{row.most_ratio:g} x"]
    return f"at most {', '.join(aims)}: {'met' if row.meets_aim else '**missed**'}" if aims else ""
