"""Read real films with `pleura predict` and say what was found on each.

    python examples/01_demo.py --out out/demo [FILM ...]

The first film is a PA chest from the wheel pydicom-data. Where ../shared/data stands beside the repository, one film
with a pneumothorax of each file type follows, then the films that were named.
"""

import argparse
import csv
import subprocess
import sys
from pathlib import Path

from pydicom.data import get_testdata_file

LABELLED = Path(__file__).resolve().parents[2] / "shared" / "data" / "labelled"


def chest_from_wheel() -> Path:
    """RG1: 1955 x 1841, 15 bits, MONOCHROME1; installed with pydicom-data, nothing is fetched."""
    path = get_testdata_file("RG1_UNCR.dcm", download=False)
    if path is None:
        sys.exit("The demo's film is not installed: pip install pydicom-data")
    return Path(str(path))


def films_with_pneumothorax() -> list[Path]:
    """The first labelled positive film of each file type; none where the folder is absent."""
    if not LABELLED.is_dir():
        return []
    with (LABELLED / "index.csv").open(encoding="utf-8", newline="") as file:
        names = sorted(row["file"] for row in csv.DictReader(file) if row["label"] == "pos")
    first = {Path(name).suffix: name for name in reversed(names)}
    return [LABELLED / "images" / first[suffix] for suffix in sorted(first)]


def describe(row: dict[str, str]) -> str:
    """One line for one row of results.csv."""
    name = Path(row["file"]).name
    if row["status"] != "read":
        return f"{name}: refused ({row['status']}): {row['message']}"
    if row["present"] != "true":
        return f"{name}: no pneumothorax found, probability {float(row['probability']):.2f}"
    area = f"{float(row['area_cm2']):.1f} cm2" if row["area_cm2"] else f"{row['area_px']} px"
    return f"{name}: PNEUMOTHORAX {row['sides']}, probability {float(row['probability']):.2f}, {area}"


def main() -> int:
    """Read the films; the exit code is that of `pleura predict`: 2 if one was refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out/demo"))
    options = parser.parse_args()
    films = [chest_from_wheel(), *films_with_pneumothorax(), *options.films]
    command = [sys.executable, "-m", "pleura", "predict", *map(str, films), "--out", str(options.out)]
    print(f"pleura predict ({len(films)} films) --out {options.out}", flush=True)
    code = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    if code == 1:
        return code
    with (options.out / "results.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            print(describe(row))
            if row["status"] == "read":
                print(f"    {options.out / row['stem']}.overlay.png")
    print("Research use. Not a medical device.")
    return code


if __name__ == "__main__":
    sys.exit(main())
