"""Every figure with its interval on 1,000 films: outlines as codes, all metrics, surface distances, 2,000 rounds.

Films are drawn: 1024 x 1024, 22 % with a pneumothorax, as in SIIM-ACR; the reader's outlines are the true ones moved,
grown or shrunk, some missing and some made up. Each measurement is a process of its own, so that its peak of memory
is its own too.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rows import Row, results_file, show, warn_if_busy, write_rows

from pleura.bench.machine import machine
from pleura.core.rle import decode, encode
from pleura.core.types import Mask, View
from pleura.data import Case, Dataset, DatasetRecord
from pleura.data.record import Counts
from pleura.evidence.figures.draws import ROUNDS as DRAWS
from pleura.evidence.figures.summary import summarise
from pleura.evidence.film_result import FilmResult, Said, gather, judge_film

FILMS, FEW, ROUNDS, THREADS = 1000, 100, 3, 2
_SIDE, _FILMS_A_PATIENT, _PRESENT, _MISSED, _MADE_UP = 1024, 1.25, 0.22, 0.15, 0.06
_MOST_S, _MOST_GROWTH = 180.0, 1.2
_MB = 1024.0


@dataclass(frozen=True)
class Taken:
    """Seconds of the stages of one evaluation, and its peak of memory in MB."""

    judging: float
    figures: float
    peak_mb: float

    @property
    def whole(self) -> float:
        """All stages."""
        return self.judging + self.figures


def draw_outline(generator: np.random.Generator) -> Mask:
    """A crescent along the wall of one lung, .2 to 12 % of the film."""
    lung, air = np.zeros((_SIDE, _SIDE), dtype=np.uint8), np.zeros((_SIDE, _SIDE), dtype=np.uint8)
    centre = (int(generator.choice([300, 724]) + generator.integers(-30, 31)), int(generator.integers(470, 560)))
    axes = int(generator.integers(150, 210)), int(generator.integers(280, 380))
    cv2.ellipse(lung, centre, axes, float(generator.uniform(-8, 8)), 0, 360, 1, -1)
    thickness = int(generator.integers(8, 110))
    moved = (centre[0] + thickness // 2 * (1 if centre[0] > _SIDE // 2 else -1) * -1, centre[1] + thickness)
    cv2.ellipse(air, moved, axes, 0, 0, 360, 1, -1)
    return (lung & ~air & 1).view(np.bool_)


def disturb(truth: Mask, generator: np.random.Generator) -> Mask:
    """An outline that a reader might give for a true one: moved by up to 10 px, grown or shrunk by up to 6."""
    moved = np.roll(truth, generator.integers(-10, 11, 2), axis=(0, 1)).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(generator.integers(0, 7)) + 1,) * 2)
    return (cv2.dilate if generator.uniform() < 0.5 else cv2.erode)(moved, kernel).view(np.bool_)


def draw_films(count: int) -> tuple[Dataset, list[str]]:
    """A data set in memory, a third of it of known spacing, and a reader's outlines as codes."""
    generator = np.random.default_rng(0)
    present = generator.permutation(np.arange(count) < round(_PRESENT * count))
    cases, truths, outlines = [], [], []
    for number in range(count):
        truth = draw_outline(generator) if present[number] else np.zeros((_SIDE, _SIDE), dtype=np.bool_)
        said = np.zeros_like(truth)
        if present[number] and generator.uniform() > _MISSED:
            said = disturb(truth, generator)
        elif not present[number] and generator.uniform() < _MADE_UP:
            said = draw_outline(generator)
        cases.append(_case(number, float(truth.mean()), int(number / _FILMS_A_PATIENT), generator))
        truths.append(encode(truth))
        outlines.append(encode(said))
    sizes = Counts(films=count, patients=len({case.patient for case in cases}), present=int(present.sum()), splits={})
    record = DatasetRecord(
        name="drawn",
        kind="siim",
        source="",
        side=8,
        seed=0,
        code_version="",
        sha256="",
        files={},
        counts=sizes,
        unknown={},
        rows_without_film=0,
        left_out=(),
        notes=(),
    )
    pixels = np.zeros((count, 8, 8), dtype=np.uint8)
    return Dataset(Path(), record, tuple(cases), pixels, pixels[..., :1], tuple(truths)), outlines


def _case(number: int, area: float, patient: int, generator: np.random.Generator) -> Case:
    spacing = float(generator.uniform(0.3, 0.42)) if number % 3 == 0 else None
    return Case(
        id=str(number),
        patient=f"p{patient}",
        present=area > 0,
        split="test",
        view=View.PA if generator.uniform() < 0.6 else View.AP,
        sex="F" if generator.uniform() < 0.45 else "M",
        age=float(generator.integers(5, 90)),
        row_mm=spacing,
        column_mm=spacing,
        height=_SIDE,
        width=_SIDE,
        area=area,
        source="",
        sha256=str(number),
    )


def evaluate_once(count: int) -> Taken:
    """Judge every film from its codes, then compute all figures with strata and intervals."""
    dataset, outlines = draw_films(count)
    scores = _scores(dataset, outlines)
    films = np.arange(count, dtype=np.int64)
    start = time.perf_counter()
    results: list[FilmResult] = []
    for number, code in enumerate(outlines):
        mask = decode(code, (_SIDE, _SIDE))
        said = Said(score=float(scores[number]), present=bool(mask.any()), soft=(0.0, 0.0))
        results.append(judge_film(mask, dataset.truth(number), dataset.cases[number], said))
    judged = time.perf_counter()
    summary = summarise([gather(films, results)], dataset, DRAWS)
    done = time.perf_counter()
    assert summary.figures["siim_dice"].low < summary.figures["siim_dice"].value < summary.figures["siim_dice"].high
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB
    return Taken(judged - start, done - judged, peak)


def _scores(dataset: Dataset, outlines: list[str]) -> NDArray[np.float64]:
    """Image-level scores: higher where something was outlined, and where there is something."""
    said = np.array([code != "-1" for code in outlines])
    present = np.array([case.present for case in dataset.cases])
    noise = np.random.default_rng(1).normal(0, 0.12, said.size)
    return np.clip(0.2 + 0.35 * said + 0.2 * present + noise, 0, 1)


def in_a_process(count: int) -> Taken:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--once", str(count)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Taken(**json.loads(printed))


def to_rows(rounds: list[Taken], few: list[Taken]) -> list[Row]:
    """The whole and its stages; the peak of memory beside that of a tenth of the films."""
    what, where = f"{FILMS} films of {_SIDE} x {_SIDE}", machine()
    seconds = {
        f"all figures, {what}, {DRAWS} rounds": [taken.whole for taken in rounds],
        f"of it pixels and surface distances, {what}": [taken.judging for taken in rounds],
        f"of it figures, strata and intervals, {what}": [taken.figures for taken in rounds],
    }
    rows = [
        Row(
            what=name,
            value=statistics.median(values),
            least=min(values),
            most=max(values),
            most_value=_MOST_S if number == 0 else None,
            machine=where,
        )
        for number, (name, values) in enumerate(seconds.items())
    ]
    peaks = [taken.peak_mb for taken in rounds]
    rows.append(
        Row(
            what=f"peak memory, all figures, {what}",
            value=statistics.median(peaks),
            least=min(peaks),
            most=max(peaks),
            unit="MB",
            baseline=f"{FEW} films",
            ratio=statistics.median(peaks) / statistics.median(taken.peak_mb for taken in few),
            most_ratio=_MOST_GROWTH,
            machine=where,
        )
    )
    return rows


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--once", type=int, metavar="FILMS", help="measure one evaluation here and print it as JSON")
    options = parser.parse_args()
    cv2.setNumThreads(THREADS)
    if options.once is not None:
        print(json.dumps(asdict(evaluate_once(options.once))))
        return
    warn_if_busy()
    rounds = [in_a_process(FILMS) for _ in range(options.rounds)]
    rows = to_rows(rounds, [in_a_process(FEW) for _ in range(options.rounds)])
    show(rows)
    write_rows(results_file("figures"), rows)


if __name__ == "__main__":
    main()
