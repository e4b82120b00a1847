"""Load and faults of `pleura serve`: find what it can do, then measure every scenario against it.

Writes benchmarks/results/load.json and the tables of docs/serve.md and README.md; a short run writes neither, unless
`--out` says where. `--tables` rewrites the tables from the file that is there, and measures nothing.
"""

import argparse
import time
from pathlib import Path

from load.contract import measure as contract
from load.disk import measure as disk
from load.faults import kill_service, kill_workers, sigterm
from load.films import films_of_a_day
from load.lines import RESULT, Line, Report, read_report, shown, table, write_report
from load.overload import measure as overload
from load.plan import FULL, SHORT, Bench, Scenario, find_basis
from load.poisoned import measure as poisoned
from load.slow import measure as slow
from load.steady import measure as steady
from rows import put_between_markers, warn_if_busy

from pleura.bench.machine import machine
from pleura.serve.config import Workers

ROOT = Path(__file__).parent.parent
SUBJECT = "load"
QUOTED = (
    "saturation",
    "errors",
    "p99",
    "memory, growth",
    "any other answer",
    "films read a second",
    "until a film takes",
    "lost",
    "of them not read",
    "poison films refused",
    "readyz",
    "files that they left",
    "5xx",
)
"""How the lines begin that the README shows."""
SCENARIOS: dict[str, Scenario] = {
    "steady": steady,
    "overload": overload,
    "kill-workers": kill_workers,
    "kill-service": kill_service,
    "sigterm": sigterm,
    "poison": poisoned,
    "slow": slow,
    "disk": disk,
    "contract": contract,
}


def measure(only: list[str], *, short: bool) -> Report:
    """Run the scenarios, and print every line as soon as it is known."""
    plan, begin, lines = SHORT if short else FULL, time.monotonic(), []

    def tell(new: list[Line]) -> None:
        lines.extend(new)
        for line in new:
            print(f"{time.monotonic() - begin:6.0f} s  {shown(line)}", flush=True)

    supply, films = films_of_a_day()
    basis, first = find_basis(plan, supply)
    tell(first)
    for name in only or SCENARIOS:
        print(f"{time.monotonic() - begin:6.0f} s  == {name}", flush=True)
        tell(SCENARIOS[name](Bench(plan, supply, basis)))
    workers = Workers()
    told = f"{workers.processes} workers of {workers.threads_each} threads"
    minutes = round((time.monotonic() - begin) / 60, 1)
    return Report(machine(), tuple(films), told, short, minutes, tuple(lines))


def tables(report: Report) -> dict[Path, str]:
    """All lines for docs/serve.md; for the README those that say most, with all that are not what was asked."""
    said = [line for line in report.lines if line.what.startswith(QUOTED) or not line.holds]
    return {
        ROOT / "docs" / "serve.md": table(report, report.lines),
        ROOT / "README.md": table(report, said),
    }


def write_tables(report: Report) -> None:
    """Put them where they are quoted."""
    for page, text in tables(report).items():
        put_between_markers(page, text, SUBJECT)


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a few minutes, to see that all works")
    parser.add_argument("--only", action="append", choices=list(SCENARIOS), default=[], help="may be given again")
    parser.add_argument("--out", type=Path, help="the JSON file to write")
    parser.add_argument("--tables", action="store_true")
    options = parser.parse_args()
    if options.tables:
        write_tables(read_report(options.out or RESULT))
        return
    warn_if_busy()
    report = measure(options.only, short=options.short)
    whole = not options.short and not options.only
    if options.out or whole:
        write_report(options.out or RESULT, report)
    if whole and not options.out:
        write_tables(report)
    for line in report.missed:
        print(f"missed: {shown(line)}", flush=True)
    raise SystemExit(bool(report.missed))


if __name__ == "__main__":
    main()
