"""The folder that an evaluation leaves: metrics.json and tables, from whose outlines it can be judged again."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

from pleura.core.files import write_bytes, write_text
from pleura.core.metrics import dice_scores
from pleura.data import Dataset
from pleura.data.film_key import film_key
from pleura.data.tables import table_bytes
from pleura.evidence.document import Assessment, document
from pleura.evidence.earlier import METRICS
from pleura.evidence.evaluate import Judgement
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.estimate import Estimate
from pleura.evidence.figures.summary import Stratum
from pleura.evidence.figures.table import FIGURES
from pleura.evidence.prediction_table import Prediction, predictions_csv, run_path

FIGURE_TABLE, STRATA_TABLE, FILM_TABLE = "figures.csv", "strata.csv", "films.csv"
_ESTIMATE = ("value", "low", "high", "cases", "patients", "few", "seen")
_FIGURE_COLUMNS = ("figure", "words", "unit", "better", *_ESTIMATE)
_STRATA_COLUMNS = ("axis", "stratum", "films", "patients", "present", "figure", "unit", *_ESTIMATE)
_FILM_COLUMNS = (
    "run",
    "id",
    "key",
    "present",
    "decided",
    "decided_plain",
    "decided_flip",
    "score",
    "probability",
    "dice",
    "nsd",
    "hd95",
    "distances_in",
    "true_px",
    "predicted_px",
)

Cells = tuple[str, ...]


def write_evaluation(assessment: Assessment, dataset: Dataset, folder: Path) -> None:
    """Write metrics.json, figures.csv, strata.csv, films.csv, and predictions.csv for each run.

    Args:
        assessment: what was found about one reader.
        dataset: the films.
        folder: made if it is not there; tables of further runs that an earlier evaluation left are removed.

    Raises:
        ValueError: the outlines of the runs were not kept.
    """
    judgement, summary = assessment.judgement, assessment.summary
    seen = judgement.seen > 0
    strata = (
        (*_whose(stratum), name, FIGURES[name].unit, *cells)
        for stratum in summary.strata
        for name, cells in _estimates(stratum.figures, seen)
    )
    figures = (
        (name, FIGURES[name].words, FIGURES[name].unit, FIGURES[name].better, *cells)
        for name, cells in _estimates(summary.figures, seen)
    )
    films = (row for number, run in enumerate(judgement.runs) for row in _film_rows(number, run, dataset))
    text = json.dumps(document(assessment, dataset), indent=2, allow_nan=False, ensure_ascii=False)
    write_bytes(folder / FIGURE_TABLE, table_bytes(_FIGURE_COLUMNS, figures))
    write_bytes(folder / STRATA_TABLE, table_bytes(_STRATA_COLUMNS, strata))
    write_bytes(folder / FILM_TABLE, table_bytes(_FILM_COLUMNS, films))
    _write_predictions(judgement, dataset, folder)
    write_text(folder / METRICS, f"{text}\n")


def _write_predictions(judgement: Judgement, dataset: Dataset, folder: Path) -> None:
    """One table a run: the folder can be judged again as outlines of another tool."""
    for number, (run, codes) in enumerate(zip(judgement.runs, judgement.outlines, strict=True)):
        write_bytes(run_path(folder, number), predictions_csv(_predictions(run, codes, dataset)))
    surplus = len(judgement.runs)
    while (path := run_path(folder, surplus)).is_file():
        path.unlink()
        surplus += 1


def _predictions(run: Evaluation, codes: tuple[str, ...], dataset: Dataset) -> Iterator[Prediction]:
    judged = run.judged
    for place, (index, code) in enumerate(zip(run.films, codes, strict=True)):
        yield Prediction(
            id=dataset.cases[int(index)].id,
            codes=(code,),
            score=float(judged.scores[place]) if run.scored else None,
            probability=None if judged.calibrated is None else float(judged.calibrated[place]),
            present=bool(judged.decided[place]),
        )


def _estimates(figures: dict[str, Estimate], seen: bool) -> Iterator[tuple[str, Cells]]:
    for name, figure in figures.items():
        told = tuple(_number(value) for value in (figure.value, figure.low, figure.high))
        yield name, (*told, str(figure.cases), str(figure.patients), str(int(figure.few)), str(int(seen)))


def _whose(stratum: Stratum) -> Cells:
    return stratum.axis, stratum.name, *map(str, (stratum.films, stratum.patients, stratum.positives))


def _film_rows(number: int, run: Evaluation, dataset: Dataset) -> Iterator[Cells]:
    judged, counts, surfaces, augmented = run.judged, run.judged.counts, run.surfaces, run.augmented
    dice = dice_scores(counts.intersections, counts.predicted, counts.true)
    for place, index in enumerate(run.films):
        yield (
            str(number + 1),
            dataset.cases[int(index)].id,
            film_key(dataset.cases[int(index)].id),
            str(int(judged.present[place])),
            str(int(judged.decided[place])),
            "" if augmented is None else str(int(augmented.plain[place])),
            "" if augmented is None else str(int(augmented.averaged[place])),
            _number(judged.scores[place]) if run.scored else "",
            "" if judged.calibrated is None else _number(judged.calibrated[place]),
            _number(dice[place]),
            _number(surfaces.nsd[place]),
            _number(surfaces.hd95[place]),
            "mm" if surfaces.in_mm[place] else "px",
            str(counts.true[place]),
            str(counts.predicted[place]),
        )


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6f}"
