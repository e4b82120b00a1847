"""How far the share of the hemithorax and the distances of the shipped model are from the experts'.

    python benchmarks/side_sizes.py --data runs/data/labelled

The hemithorax of both is what the shipped model of the lungs finds, so that an error is that of the outline. It is
measured where both can be said: distances on PA films alone. The decision of the shipped model was fitted on these
very films, so that the figures are too good; the areas of sizes.py are by cross-fit and are not. Writes
results/side_sizes.csv and the table of docs/measures.md.
"""

import argparse
import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rows import RESULTS, put_between_markers

from pleura.core.files import write_text
from pleura.core.measures import MEASURES, measure_film
from pleura.core.types import Hemithoraces, Mask, Radiograph, Side, Spacing
from pleura.data import Dataset, load_dataset
from pleura.data.groups import film_groups
from pleura.evidence.figures.draws import ROUNDS, bootstrap_weights
from pleura.evidence.figures.estimate import percentiles
from pleura.evidence.figures.sums import weighted_agreement, weighted_median
from pleura.image import read_film
from pleura.predict import Predictor, load_predictor
from pleura.predict.clock import Clock
from pleura.predict.lungs import LungFinder, ShippedLungs
from pleura.runtime import EngineChoice

SUBJECT = "side_sizes"
PAGE = Path(__file__).parent.parent / "docs" / "measures.md"
NAMES = ("hemithorax_percent", "interpleural_hilum", "interpleural_lateral", "apex_to_cupola")
FIGURES = ("true", "median_absolute", "bias", "low", "high")
COLUMNS = ("measure", "unit", "figure", "value", "from", "to", "sides", "sides_of_experts")


@dataclass(frozen=True)
class Found:
    """One measure of one side: the film, the experts' value and the model's, NaN where it says none."""

    film: int
    true: float
    model: float


def main() -> None:
    """Measure, then write the rows and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a data set with spacings, `pleura prepare`")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    dataset = load_dataset(options.data)
    choice = EngineChoice(precision="float32", threads=options.threads)
    predictor, finder = load_predictor(None, choice, gate=False, lungs=False), ShippedLungs(choice).finder
    films = [number for number, case in enumerate(dataset.cases) if case.present]
    pairs: dict[str, list[Found]] = {name: [] for name in NAMES}
    for film in films:
        for name, found in measure(dataset, film, predictor, finder).items():
            pairs[name] += found
    rows = [each for name in NAMES for each in figures(name, pairs[name], dataset)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    write_text(RESULTS / f"{SUBJECT}.csv", text.getvalue())
    said = f"{len(films)} films of `{dataset.folder.name}` with a pneumothorax; 95 % intervals of {ROUNDS} bootstrap "
    put_between_markers(PAGE, f"{table(rows)}\n\n{said}draws of patients.", SUBJECT)
    print(table(rows))


def measure(dataset: Dataset, film: int, predictor: Predictor, finder: LungFinder) -> dict[str, list[Found]]:
    """Every measure of a film that can be said of the experts' outline, beside the model's of the same side."""
    case = dataset.cases[film]
    known = case.row_mm is not None and case.column_mm is not None
    spacing = Spacing(case.row_mm, case.column_mm, "index") if known else None
    seen = replace(read_film(dataset.film_path(film)), spacing=spacing, view=case.view)
    hemithoraces = finder.hemithoraces(seen, Clock())
    true = values(seen, dataset.truth(film), hemithoraces)
    model = values(seen, predictor.read(seen).mask, hemithoraces)
    return {
        name: [Found(film, value, model.get((called, side), np.nan)) for (called, side), value in true.items()
               if called == name]
        for name in NAMES
    }  # fmt: skip


def values(film: Radiograph, mask: Mask, hemithoraces: Hemithoraces | None) -> dict[tuple[str, Side | None], float]:
    """What can be said, by measure and side."""
    measures = measure_film(film, mask, hemithoraces).measures
    return {(each.name, each.side): float(each.value) for each in measures
            if each.name in NAMES and each.validity == "valid"}  # fmt: skip


def figures(name: str, found: list[Found], dataset: Dataset) -> list[tuple[str | int, ...]]:
    """A measure's figures with their intervals."""
    both = [each for each in found if not np.isnan(each.model)]
    true = np.array([each.true for each in both])
    error = np.array([each.model for each in both]) - true
    groups = film_groups(dataset, np.array([each.film for each in both], dtype=np.int64))

    def of(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        middle, off = weighted_median(true, weights), weighted_median(np.abs(error), weights)
        return np.stack([middle, off, *weighted_agreement(error, weights)])

    draws = np.concatenate([of(weights) for weights in bootstrap_weights(groups, ROUNDS, 0)], axis=1)
    plain = of(np.ones((1, len(both))))[:, 0]
    return [
        (name, MEASURES[name].unit, figure, *(f"{number:.4g}" for number in (value, *percentiles(drawn))), len(both),
         len(found))
        for figure, value, drawn in zip(FIGURES, plain, draws, strict=True)
    ]  # fmt: skip


def table(rows: list[tuple[str | int, ...]]) -> str:
    """A line a measure in Markdown."""
    lines = ["| measure | median true | median absolute error | bias | limits of agreement | sides |"]
    lines.append("|---|---|---|---|---|---|")
    for name in NAMES:
        of = {row[2]: row for row in rows if row[0] == name}
        unit, sides = of["true"][1], f"{of['true'][6]} of {of['true'][7]}"
        cells = [f"{float(of[key][3]):.1f} {unit} ({float(of[key][4]):.1f} to {float(of[key][5]):.1f})"
                 for key in ("true", "median_absolute", "bias")]  # fmt: skip
        limits = f"{float(of['low'][3]):.1f} to {float(of['high'][3]):.1f} {unit}"
        lines.append(f"| {MEASURES[name].words} | {' | '.join(cells)} | {limits} | {sides} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
