"""How well the shipped model of the lungs outlines the hemithoraces of patients that it never saw.

    python benchmarks/lungs.py --data runs/data/lungs

Dice at the size of the film's file, of both lungs together and, on films whose outline tells them apart, of the right
and of the left one. Writes results/lungs.csv and the table of src/pleura/models/lungs.md.
"""

import argparse
import csv
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rows import RESULTS, put_between_markers

from pleura.core.files import write_text
from pleura.core.metrics import count_films, film_counts
from pleura.core.types import Mask
from pleura.data import Dataset, load_dataset
from pleura.data.groups import film_groups
from pleura.data.lungs import MASKS_FOLDER, LungTruth
from pleura.evidence.figures.draws import ROUNDS, bootstrap_weights
from pleura.evidence.figures.estimate import percentiles
from pleura.image import read_film
from pleura.predict.clock import Clock
from pleura.predict.lungs import SHIPPED_LUNGS, LungFinder
from pleura.runtime import EngineChoice, read_model

SUBJECT = "lungs"
PAGE = SHIPPED_LUNGS.with_suffix(".md")
FIGURES = ("both lungs", "the right lung", "the left lung")
COLUMNS = ("figure", "value", "low", "high", "least", "films")


def main() -> None:
    """Judge, then write the rows and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="outlined lungs, `pleura prepare lungs`")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    dataset = load_dataset(options.data)
    films = dataset.indices("test")
    finder = LungFinder(read_model(SHIPPED_LUNGS), EngineChoice(precision="float32", threads=options.threads))
    found = np.array([judge(dataset, int(film), finder) for film in films])
    groups = film_groups(dataset, films)
    rows = [row(name, values, groups) for name, values in zip(FIGURES, found.T, strict=True)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    write_text(RESULTS / f"{SUBJECT}.csv", text.getvalue())
    patients = len(np.unique(groups))
    said = f"{len(films)} held-out films of {patients} patients, none of whom it learned from or was chosen by; "
    said += f"95 % intervals of {ROUNDS} bootstrap draws of patients."
    put_between_markers(PAGE, f"{table(rows)}\n\n{said}", SUBJECT)
    print(table(rows))


def judge(dataset: Dataset, film: int, finder: LungFinder) -> tuple[float, float, float]:
    """Dice of both lungs, the right and the left; NaN where the truth does not tell them apart."""
    seen = finder.hemithoraces(read_film(dataset.film_path(film)), Clock())
    empty = np.zeros_like(dataset.truth(film))
    right, left = (empty, empty) if seen is None else (seen.right, seen.left)
    path = Path(dataset.record.source) / MASKS_FOLDER / f"{dataset.cases[film].id}.png"
    truth = LungTruth(path)
    both = dice(right | left, dataset.truth(film))
    one, other = truth.lung("right"), truth.lung("left")
    if one is None or other is None:
        return both, np.nan, np.nan
    return both, dice(right, one), dice(left, other)


def dice(predicted: Mask, truth: Mask) -> float:
    """Dice of two masks of one film."""
    return count_films([film_counts(predicted, truth)]).scores()["siim_dice"]


def row(name: str, values: NDArray[np.float64], groups: NDArray[np.int64]) -> tuple[str | int, ...]:
    """One figure: the mean, its interval, the worst film and how many there are."""
    told = ~np.isnan(values)
    means = [
        (weights @ values[told]) / weights.sum(axis=1) for weights in bootstrap_weights(groups[told], ROUNDS, seed=0)
    ]
    low, high = percentiles(np.concatenate(means))
    numbers = (values[told].mean(), low, high, values[told].min())
    return (name, *(f"{number:.4f}" for number in numbers), int(told.sum()))


def table(rows: list[tuple[str | int, ...]]) -> str:
    """The rows in Markdown."""
    lines = ["| mean Dice of | value (95 % interval) | worst film | films |", "|---|---|---|---|"]
    for name, value, low, high, least, films in rows:
        numbers = [f"{float(number):.3f}" for number in (value, low, high, least)]
        lines.append(f"| {name} | {numbers[0]} ({numbers[1]} to {numbers[2]}) | {numbers[3]} | {films} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
