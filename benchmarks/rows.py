"""Rows of a benchmark in a CSV file, and their table where the README quotes it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from pleura.bench.machine import busy_share
from pleura.bench.rows import Row, table
from pleura.core.files import write_text

RESULTS = Path(__file__).parent / "results"
BENCH = "bench"
"""What the markers of the table of speeds are called in README.md and docs/speed.md."""

_MOST_BUSY = 0.1


def warn_if_busy() -> None:
    """Say that something else is running: its figures would not be this program's."""
    if (share := busy_share()) > _MOST_BUSY:
        print(f"warning: others use {share:.0%} of the machine; times will be too long", flush=True)


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
        print(" | ".join(cell for cell in row.cells if cell), flush=True)


def table_with_machines(rows: Sequence[Row]) -> str:
    """Rows as a Markdown table, with the machines they were measured on below it."""
    machines = "; ".join(sorted({row.machine for row in rows}))
    return "\n".join((table(rows), "", f"Measured on: {machines}."))


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
