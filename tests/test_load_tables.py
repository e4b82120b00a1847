"""Figures of the service under load that the pages quote are those of the newest run."""

import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from load.lines import RESULT, Line, Report, read_report, shown, table, write_report  # noqa: E402 - scripts, no package
from rows import markers  # noqa: E402
from serve_load import SUBJECT, tables  # noqa: E402

PAGES = ("docs/serve.md", "README.md")
NOT_YET = "Not yet measured."
HELD, MISSED = Line("2 S", "goodput", 0.9, "S", least=0.8), Line("2 S", "goodput", 0.7, "S", least=0.8)
REPORT = Report("a CPU, 2 cores", ("a film",), "2 workers of 2 threads", False, 20.5, (HELD, MISSED))


def test_the_pages_quote_the_newest_run():
    # Mend it with: python benchmarks/serve_load.py --tables
    start, end = markers(SUBJECT)
    root = BENCHMARKS.parent
    told = {page: (root / page).read_text("utf-8").split(start)[1].split(end)[0].strip() for page in PAGES}
    if not RESULT.is_file():
        assert set(told.values()) == {NOT_YET}
        return
    wanted = tables(read_report(RESULT))
    assert told == {page: wanted[root / page].strip() for page in PAGES}


def test_a_report_comes_back_as_it_was_written(tmp_path):
    write_report(tmp_path / "load.json", REPORT)
    assert read_report(tmp_path / "load.json") == REPORT


def test_what_is_missed_is_said():
    assert REPORT.missed == (MISSED,)
    assert "MISSED" in shown(MISSED)
    assert "holds" in shown(HELD)
    lines = table(REPORT, REPORT.lines).splitlines()
    assert lines[2:4] == [
        "| 2 S | goodput | 0.9 S | at least 0.8 S: held |",
        "| 2 S | goodput | 0.7 S | at least 0.8 S: **missed** |",
    ]
    assert lines[-1] == "Measured on: a CPU, 2 cores; 2 workers of 2 threads; films in turn: a film."
