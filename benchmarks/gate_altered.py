"""What the gate does with films that were cut, joined, framed, leaned, brightened or blurred.

    python benchmarks/gate_altered.py --data runs/data/labelled --not-frontal ../shared/data/not-frontal-cxr

Every film of the data set is altered in each way; none of them was learned from. Two films side by side are each film
and the next one; a film beside a lateral is each film and a lateral of the collection, stretched to a square. Writes
results/gate_altered.csv and the table of src/pleura/models/gate.md.
"""

import argparse
import csv
import io
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from rows import RESULTS, put_between_markers

from pleura.core.files import write_text
from pleura.core.gate import GateVerdict
from pleura.core.types import Pixels, Radiograph
from pleura.data import load_dataset
from pleura.image import read_film
from pleura.predict.gate import SHIPPED_GATE, Gate, load_gate
from pleura.train.gate.judge import interval
from pleura.train.gate.pictures import other_pictures

SUBJECT = "gate_altered"
PAGE = SHIPPED_GATE.with_suffix(".md")
COLUMNS = ("alteration", "passes", "notes_of_hanging", "films")
Alter = Callable[[Pixels], Pixels]


def main() -> None:
    """Alter, look and count, then write the rows and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="films that the gate never saw, `pleura prepare`")
    parser.add_argument("--not-frontal", type=Path, required=True, help="the collection with lateral films")
    options = parser.parse_args()
    dataset, gate = load_dataset(options.data), load_gate()
    films = [read_film(dataset.film_path(number)) for number in range(len(dataset))]
    laterals = [picture.pixels for picture in other_pictures(options.not_frontal) if picture.source == "lateral"]
    rows = [(name, *count(gate, films, [alter] * len(films))) for name, alter in ALTERATIONS.items()]
    neighbours = [partial(beside, right=film.pixels) for film in (*films[1:], films[0])]
    rows.append(("two frontal films side by side", *count(gate, films, neighbours)))
    others = [partial(beside, right=laterals[number % len(laterals)]) for number in range(len(films))]
    rows.append(("a frontal beside a lateral film", *count(gate, films, others)))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    write_text(RESULTS / f"{SUBJECT}.csv", text.getvalue())
    put_between_markers(PAGE, table(rows), SUBJECT)
    print(table(rows))


def count(gate: Gate, films: list[Radiograph], alterations: list[Alter]) -> tuple[int, int, int]:
    """How many altered films pass, how many of these get a note of hanging, and how many films there were."""
    seen = [
        gate.look(replace(film, pixels=alter(film.pixels))) for film, alter in zip(films, alterations, strict=True)
    ]
    passed = [verdict for verdict in seen if verdict.passes]
    return len(passed), sum(map(noted, passed)), len(films)


def noted(verdict: GateVerdict) -> bool:
    """Whether a look at the film says that it hangs wrongly."""
    return bool(verdict.turn or verdict.inverted or verdict.heart_at_left)


def half(pixels: Pixels, axis: int, last: bool) -> Pixels:
    """The first or the last half of a film's rows (axis 0) or columns (axis 1)."""
    return np.ascontiguousarray(np.array_split(pixels, 2, axis)[last])


def framed(pixels: Pixels, rows: float, columns: float) -> Pixels:
    """A film with black borders; together they are that many times as high and as wide as the film."""
    above, aside = (round(size * share / 2) for size, share in zip(pixels.shape, (rows, columns), strict=True))
    return np.pad(pixels, ((above, above), (aside, aside)))


def leaned(pixels: Pixels, degrees: float) -> Pixels:
    """A film leaned about its centre; the corners that come in are black."""
    height, width = pixels.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(pixels, turn, (width, height)).astype(np.float32)


def noisy(pixels: Pixels) -> Pixels:
    """A film with grain of a tenth of its range."""
    grain = np.random.default_rng(0).normal(0, 0.1, pixels.shape)
    return np.clip(pixels + grain, 0, 1).astype(np.float32)


def blurred(pixels: Pixels) -> Pixels:
    """A film blurred over a fiftieth of its width."""
    return cv2.GaussianBlur(pixels, (0, 0), pixels.shape[1] / 50)


def beside(pixels: Pixels, right: Pixels) -> Pixels:
    """A film and another one at its right, as high."""
    height = pixels.shape[0]
    width = max(1, round(right.shape[1] * height / right.shape[0]))
    return np.hstack((pixels, cv2.resize(right, (width, height), interpolation=cv2.INTER_AREA)))


def gamma(pixels: Pixels, power: float) -> Pixels:
    """A film brightened (power under 1) or darkened."""
    return pixels**power


ALTERATIONS: dict[str, Alter] = {
    "nothing altered": partial(gamma, power=1.0),
    "the upper half alone": partial(half, axis=0, last=False),
    "the lower half alone": partial(half, axis=0, last=True),
    "the picture's left half alone": partial(half, axis=1, last=False),
    "the picture's right half alone": partial(half, axis=1, last=True),
    "black at the sides, half as wide as the film": partial(framed, rows=0, columns=0.5),
    "black at the sides, as wide as the film": partial(framed, rows=0, columns=1),
    "black above and below, as high as the film": partial(framed, rows=1, columns=0),
    "leaned by 15 degrees": partial(leaned, degrees=15),
    "leaned by 30 degrees": partial(leaned, degrees=30),
    "leaned by 45 degrees": partial(leaned, degrees=45),
    "brightened (gamma 0.4)": partial(gamma, power=0.4),
    "darkened (gamma 2.5)": partial(gamma, power=2.5),
    "noisy (a tenth of the range)": noisy,
    "blurred (a fiftieth of the width)": blurred,
}


def table(rows: list[tuple[str, int, int, int]]) -> str:
    """The rows in Markdown."""
    lines = ["| what was done to the film | passes | share, exact 95 % interval | passes with a note of hanging |"]
    lines.append("|---|---|---|---|")
    for name, passes, notes, films in rows:
        low, high = interval(passes, films)
        share = f"{passes / films:.0%} ({low:.0%} to {high:.0%})"
        lines.append(f"| {name} | {passes} of {films} | {share} | {notes} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
