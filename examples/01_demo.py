"""What `make demo` runs: `pleura predict` on a real film, and on any films that are named.

The film is RG1 of the pydicom-data wheel: a PA chest, 15 bits, MONOCHROME1. Where the project's shared films lie
beside the repository, three of them with a pneumothorax are read too.
"""

import argparse
import csv
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LABELLED = ROOT.parent / "shared" / "data" / "labelled"


def film_of_the_wheel() -> Path:
    package = find_spec("data_store")
    if package is None or package.submodule_search_locations is None:
        raise SystemExit('The wheel pydicom-data is not installed: pip install "pleura[demo]"')
    return Path(package.submodule_search_locations[0]) / "data" / "RG1_UNCR.dcm"


def films_with_a_pneumothorax(count: int = 3) -> list[Path]:
    if not LABELLED.is_dir():
        return []
    with (LABELLED / "index.csv").open(newline="") as table:
        positive = [row["file"] for row in csv.DictReader(table) if row["label"] != "neg"]
    return [LABELLED / "images" / name for name in positive[:count]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", nargs="*", help="more films, folders or patterns")
    parser.add_argument("--out", type=Path, default=Path("out/demo"))
    asked = parser.parse_args()
    films = [film_of_the_wheel(), *films_with_a_pneumothorax(), *asked.films]
    return subprocess.run(
        [sys.executable, "-m", "pleura", "predict", *map(str, films), "--out", str(asked.out)], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
