"""What was measured under load, what was asked of it, and the table that README.md and docs/serve.md quote."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pleura.core.files import write_text

_MINUTE_S = 60
RESULT = Path(__file__).parents[1] / "results" / "load.json"


@dataclass(frozen=True)
class Line:
    """One figure of a scenario; `least` and `most` are what was asked of it, None where nothing was."""

    scenario: str
    what: str
    value: float
    unit: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def has_aim(self) -> bool:
        """Whether something was asked of it."""
        return self.least is not None or self.most is not None

    @property
    def holds(self) -> bool:
        """Whether it is what was asked."""
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


@dataclass(frozen=True)
class Report:
    """One whole run: where, on which films, with which workers, for how long, and its lines in order."""

    machine: str
    films: tuple[str, ...]
    workers: str
    short: bool
    minutes: float
    lines: tuple[Line, ...]

    @property
    def missed(self) -> tuple[Line, ...]:
        """Lines that are not what was asked."""
        return tuple(line for line in self.lines if not line.holds)


def write_report(path: Path, report: Report) -> None:
    """Write a run as JSON."""
    write_text(path, json.dumps(asdict(report), indent=1) + "\n")


def read_report(path: Path) -> Report:
    """Read a run."""
    told = json.loads(path.read_text("utf-8"))
    lines = tuple(Line(**line) for line in told.pop("lines"))
    return Report(**{**told, "films": tuple(told["films"]), "lines": lines})


def shown(line: Line) -> str:
    """One line of the progress."""
    asked = f"   [{_asked(line)}: {'holds' if line.holds else 'MISSED'}]" if line.has_aim else ""
    return f"{line.scenario}: {line.what}: {_number(line.value, line.unit)}{asked}"


def table(report: Report, lines: Sequence[Line]) -> str:
    """Lines as a Markdown table, with what they were measured on below it."""
    rows = ["| scenario | figure | measured | asked |", "|---|---|---|---|"]
    for line in lines:
        asked = f"{_asked(line)}: {'held' if line.holds else '**missed**'}" if line.has_aim else ""
        rows.append(f"| {line.scenario} | {line.what} | {_number(line.value, line.unit)} | {asked} |")
    length = " A short run, no figures." if report.short else ""
    where = f"Measured on: {report.machine}; {report.workers}; films in turn: {'; '.join(report.films)}.{length}"
    return "\n".join((*rows, "", where))


def span(seconds: float) -> str:
    """A length of time in words."""
    return f"{seconds:g} s" if seconds < _MINUTE_S else f"{seconds / _MINUTE_S:g} min"


def _asked(line: Line) -> str:
    if line.least is not None and line.least == line.most:
        return _number(line.least, line.unit)
    words = [] if line.least is None else [f"at least {_number(line.least, line.unit)}"]
    words += [] if line.most is None else [f"at most {_number(line.most, line.unit)}"]
    return ", ".join(words)


def _number(value: float, unit: str) -> str:
    text = f"{value:.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.3g}"
    return f"{text} {unit}".strip()
