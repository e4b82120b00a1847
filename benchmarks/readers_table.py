"""The short table of readers side by side, in README.md and docs/experiments.md, from what `pleura evaluate` wrote.

    python benchmarks/readers_table.py "shipped model=FOLDER" "nothing at all=FOLDER" ...

Each FOLDER holds the metrics.json of one evaluation, all of the same films.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from rows import put_between_markers

MARKER = "readers"
_ROOT = Path(__file__).parents[1]
_SHOWN = {
    "siim_dice": "mean Dice, empty films included",
    "dice_positives": "Dice of positives",
    "empty_correct": "healthy left empty",
    "pooled_f1": "pooled F1",
    "pooled_iou": "pooled IoU",
    "auroc": "AUROC",
}
_ALL_EMPTY = "siim_dice_all_empty"


def readers_table(readers: dict[str, dict[str, Any]]) -> str:
    """One row a reader, each figure with its 95 % interval; the all-empty score stands in the head.

    Args:
        readers: what metrics.json holds, by the reader's name.

    Raises:
        ValueError: the readers were not judged on the same films.
    """
    first = next(iter(readers.values()))
    if any(document["data"]["sha256"] != first["data"]["sha256"] for document in readers.values()):
        raise ValueError("the readers were judged on different sets")
    nothing = _number(first["figures"][_ALL_EMPTY]["value"])
    heads = [
        f"{words} (nothing found: {nothing})" if name == "siim_dice" else words for name, words in _SHOWN.items()
    ]
    lines = [f"| reader | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for name, document in readers.items():
        lines.append(f"| {name} | {' | '.join(_cell(document['figures'][figure]) for figure in _SHOWN)} |")
    return "\n".join(lines)


def _cell(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return "-"
    if figure["low"] is None:
        return _number(figure["value"])
    return f"{_number(figure['value'])} ({_number(figure['low'])} to {_number(figure['high'])})"


def _number(value: float) -> str:
    return f"{value:.3f}".removeprefix("0") if value < 1 else f"{value:.2f}"


def main() -> None:
    """Read the evaluations and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="+", metavar="NAME=FOLDER")
    readers = {}
    for word in parser.parse_args().readers:
        name, folder = word.split("=", 1)
        readers[name] = json.loads((Path(folder) / "metrics.json").read_text("utf-8"))
    table = readers_table(readers)
    for path in (_ROOT / "README.md", _ROOT / "docs" / "experiments.md"):
        put_between_markers(path, table, MARKER)
    print(table)


if __name__ == "__main__":
    main()
