"""Read a folder of films and list them by falling probability, as a worklist would.

    python examples/03_folder_to_table.py FOLDER --out results

A film that must not be read costs itself only: it stands at the end with the reason.
"""

import argparse
import csv
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Read the folder with `pleura predict`, then its results.csv."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("results"))
    options = parser.parse_args()

    command = [sys.executable, "-m", "pleura", "predict", str(options.folder), "--out", str(options.out)]
    code = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    if code == 1:
        return code
    with (options.out / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    read = sorted((row for row in rows if row["status"] == "read"), key=lambda row: -float(row["probability"]))
    print(f"{'probability':>11}  {'present':7}  {'sides':10}  {'pixels':>8}  film")
    for row in read:
        likely = float(row["probability"])
        print(f"{likely:11.3f}  {row['present']:7}  {row['sides']:10}  {row['area_px']:>8}  {Path(row['file']).name}")
    for row in rows:
        if row["status"] != "read":
            print(f"refused ({row['status']}): {Path(row['file']).name}: {row['message']}")
    return code


if __name__ == "__main__":
    sys.exit(main())
