"""Rows of benchmarks survive their file, and the table that the README quotes says which aims were missed."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from rows import BENCH, Row, markers, put_between_markers, read_rows, table_with_machines, write_rows  # noqa: E402 - scripts, no package

START, END = markers(BENCH)
QUICK = Row("read", 0.012, 0.011, 0.02, baseline="bare", ratio=1.1, most_ratio=1.2, machine="a CPU, 2 cores")
LARGE = Row("disk", 640.0, 640.0, 640.0, unit="MB", most_value=750.0, machine="a CPU, 2 cores")


def test_rows_come_back_as_they_were_written(tmp_path):
    plain = Row("whole", 0.5, 0.25, 1.5, machine="a CPU, 2 cores")
    write_rows(tmp_path / "new.csv", [QUICK, LARGE, plain])
    assert read_rows(tmp_path / "new.csv") == [QUICK, LARGE, plain]


@pytest.mark.parametrize(
    ("row", "meets"),
    [
        pytest.param(QUICK, True, id="ratio_kept"),
        pytest.param(replace(QUICK, ratio=1.3), False, id="ratio_missed"),
        pytest.param(replace(QUICK, ratio=None), False, id="ratio_unknown"),
        pytest.param(LARGE, True, id="value_kept"),
        pytest.param(replace(LARGE, value=751.0), False, id="value_missed"),
    ],
)
def test_an_aim_is_met_or_missed(row, meets):
    assert row.meets_aim is meets
    assert ("**missed**" in table_with_machines([row])) is not meets


def test_table_gives_spans_ratios_and_the_machine():
    lines = table_with_machines([QUICK, LARGE]).splitlines()
    assert lines[2] == "| read | 12 ms (11 ms to 20 ms) | 1.10 x bare | at most 1.2 x: met |"
    assert lines[3] == "| disk | 640 MB |  | at most 750 MB: met |"
    assert lines[-1] == "Measured on: a CPU, 2 cores."


def test_only_what_stands_between_the_markers_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{START}\nold\n{END}\nafter\n")
    put_between_markers(page, "new")
    put_between_markers(page, "newer")
    assert page.read_text() == f"before\n{START}\nnewer\n{END}\nafter\n"


@pytest.mark.parametrize("content", ["no markers", f"{START} only", f"only {END}"])
def test_a_page_without_markers_is_left_alone(tmp_path, content):
    page = tmp_path / "page.md"
    page.write_text(content)
    with pytest.raises(ValueError, match="lacks the markers"):
        put_between_markers(page, "new")
    assert page.read_text() == content


@pytest.mark.parametrize("script", ["run", "path", "cold", "sizes"])
def test_every_script_explains_itself(script):
    command = [sys.executable, str(BENCHMARKS / f"{script}.py"), "--help"]
    assert "--rounds" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
