"""Run every benchmark, each in a process of its own, and rewrite the tables in README.md and docs/speed.md.

`--tables` rewrites the tables from the rows that are there, and measures nothing.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from rows import put_between_markers, read_rows, results_file, table_with_machines

HERE = Path(__file__).parent
ROOT = HERE.parent
SUBJECTS = ("network", "path", "decode", "cold", "train_input", "train_beyond_memory", "figures")
QUOTED = (
    "B4 U-Net",
    "1024 PNG, labelled: ours",
    "1024 PNG, labelled: whole",
    "cold start, RG1: pleura",
    "light environment",
    "peak memory, pleura predict, RG1",
    "training, default, 8 films at 384: input",
)
"""How the rows begin that the README shows."""


def write_tables() -> None:
    """Put all rows into docs/speed.md, and the few that say most into the README, with all that miss their aim."""
    rows = [row for subject in SUBJECTS for row in read_rows(results_file(subject))]
    put_between_markers(ROOT / "docs" / "speed.md", table_with_machines(rows))
    quoted = [row for row in rows if row.what.startswith(QUOTED) or not row.meets_aim]
    put_between_markers(ROOT / "README.md", table_with_machines(quoted))


def main() -> None:
    """Measure, one subject after the other, then write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", action="store_true")
    parser.add_argument("--rounds", type=int, help="rounds of every subject, for a quick look")
    options = parser.parse_args()
    rounds = [] if options.rounds is None else ["--rounds", str(options.rounds)]
    for subject in () if options.tables else SUBJECTS:
        print(f"== {subject}", flush=True)
        subprocess.run([sys.executable, HERE / f"{subject}.py", *rounds], check=True)
    write_tables()


if __name__ == "__main__":
    main()
