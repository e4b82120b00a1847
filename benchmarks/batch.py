"""Run the benchmarks of batches, each in a process of its own, and rewrite the tables in docs/scale.md.

`--tables` rewrites them from the rows that are there, and measures nothing. The memory over 20,000 films is
measured by batch_memory.py alone, for that takes long and is no matter of time.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from batch_plan import Assumed, plan_table
from rows import put_between_markers, read_rows, results_file, table_with_machines

HERE = Path(__file__).parent
MEASURED = ("batch_pool", "batch_number")
SUBJECTS = (*MEASURED, "batch_ray", "batch_memory")


def main() -> None:
    """Measure, one subject after the other, then write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", action="store_true")
    options = parser.parse_args()
    for subject in () if options.tables else MEASURED:
        print(f"== {subject}", flush=True)
        subprocess.run([sys.executable, HERE / f"{subject}.py"], check=True)
    there = [results_file(subject) for subject in SUBJECTS if results_file(subject).exists()]
    rows = [row for path in there for row in read_rows(path)]
    page = HERE.parent / "docs" / "scale.md"
    put_between_markers(page, table_with_machines(rows), "batch")
    put_between_markers(page, plan_table(Assumed()), "plan")


if __name__ == "__main__":
    main()
