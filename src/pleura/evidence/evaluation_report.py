"""What an evaluation leaves behind: metrics.json, a table of films, confusion matrices and pictures of films."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.core.files import write_bytes, write_text
from pleura.core.metrics import Confusion, dice_scores, reliability
from pleura.core.postprocess import Verdict, presence_threshold
from pleura.core.spec import TrainingRecord, TuningRecord
from pleura.data import Dataset
from pleura.data.tables import table_bytes
from pleura.evidence.evaluate import Evaluation, Reading
from pleura.evidence.judged import nullable
from pleura.evidence.matrix import draw_confusion
from pleura.evidence.panels import beside_truth, plain_beside_tta
from pleura.evidence.reliability import draw_reliability
from pleura.output.png import encode_png
from pleura.predict import Predictor
from pleura.runtime import Blend, Model

_SHOWN = 6
_COLUMNS = ("id", "present", "decided", "decided_plain", "decided_flip", "score", "dice", "true_px", "predicted_px")


@dataclass(frozen=True)
class Subject:
    """What was judged, on what: the model, the same opened, and the data set."""

    model: Model | Blend
    predictor: Predictor
    dataset: Dataset


class Gallery:
    """Writes pictures of six films as they are read: drawn by seed before any is seen, four with a pneumothorax.

    Where there are fewer of one kind, the other fills up.
    """

    def __init__(self, subject: Subject, films: NDArray[np.int64], folder: Path, seed: int) -> None:
        dataset, self._decision = subject.dataset, subject.predictor.decision
        mixed = np.random.default_rng(seed).permutation(films)
        present = np.array([dataset.cases[index].present for index in mixed], dtype=np.bool_)
        wanted = min(4, int(present.sum()))
        healthy = mixed[~present][: _SHOWN - wanted]
        chosen = np.concatenate((mixed[present][: _SHOWN - healthy.size], healthy))
        self._number = {int(index): number + 1 for number, index in enumerate(chosen)}
        self._folder = folder

    def show(self, reading: Reading) -> None:
        """Write the two pictures of a film if it is one of the six; names are numbers, never ids."""
        number = self._number.get(reading.index)
        if number is None:
            return
        film, truth, threshold = reading.film, reading.truth, presence_threshold(self._decision)
        predicted = reading.averaged if self._decision.tta == "flip" else reading.plain
        pictures = {
            "truth": beside_truth(film, truth, predicted.mask, _note(predicted, threshold)),
            "tta": plain_beside_tta(
                film,
                truth,
                (_note(reading.plain, threshold), reading.plain.mask),
                (_note(reading.averaged, threshold), reading.averaged.mask),
            ),
        }
        for name, picture in pictures.items():
            write_bytes(self._folder / f"{name}-{number}.png", encode_png(picture))


def write_evaluation(evaluation: Evaluation, others: NDArray[np.int64], subject: Subject, folder: Path) -> None:
    """Write metrics.json, films.csv, both confusion matrices and the reliability diagram.

    Args:
        evaluation: the outcome.
        others: places of the films that stand beside as a second set of figures; all of them for none.
        subject: what was judged, on what.
        folder: made if it is not there.
    """
    judged = evaluation.judged
    text = json.dumps(_document(evaluation, others, subject), indent=2, allow_nan=False)
    write_text(folder / "metrics.json", f"{text}\n")
    write_bytes(folder / "films.csv", _table(evaluation, subject.dataset))
    for name, confusion in (("pixels", judged.pixel_confusion()), ("films", judged.film_confusion())):
        title = f"{name.capitalize()} of {evaluation.films.size} films"
        write_bytes(folder / f"confusion-{name}.png", encode_png(draw_confusion(confusion, title)))
    rows = reliability(judged.scores, judged.present)
    title = f"Reliability on {evaluation.films.size} films"
    write_bytes(folder / "reliability.png", encode_png(draw_reliability(rows, title)))


def warnings_of(model: Model | Blend, dataset: Dataset) -> list[str]:
    """Whether figures on this data set are too good because the model or its decision saw it."""
    models = model.models if isinstance(model, Blend) else (model,)
    records: list[tuple[str, TrainingRecord | TuningRecord | None]] = [("decision was fitted", model.spec.tuning)]
    records += [("network was trained", single.spec.training) for single in models]
    found = dict.fromkeys(
        f"the {what} on this data set: figures on the films it saw are too good"
        for what, record in records
        if record is not None and record.data_sha256 == dataset.record.sha256
    )
    return list(found)


def _document(evaluation: Evaluation, others: NDArray[np.int64], subject: Subject) -> dict[str, Any]:
    judged, predictor, dataset = evaluation.judged, subject.predictor, subject.dataset
    identity = predictor.identity
    rows = reliability(judged.scores, judged.present)
    beside = None
    if others.size < evaluation.films.size:
        beside = {"films": int(others.size), **nullable(evaluation.take(others).figures())}
    return {
        "format": "pleura.metrics/1",
        "model": {"name": identity.name, "version": identity.version, "sha256": identity.sha256},
        "engine": {"name": predictor.engine, "device": predictor.device, "precision": predictor.precision},
        "decision": predictor.decision.model_dump(),
        "data": {"name": dataset.record.name, "sha256": dataset.record.sha256},
        "films": int(evaluation.films.size),
        "patients": len({dataset.cases[index].patient for index in evaluation.films}),
        "present": int(judged.present.sum()),
        "warnings": warnings_of(subject.model, dataset),
        "figures": nullable(evaluation.figures()),
        "figures_without_patients_left_out": beside,
        "confusion_pixels": _confusion(judged.pixel_confusion()),
        "confusion_films": _confusion(judged.film_confusion()),
        "reliability": [
            {"films": int(count), "probability": float(probability), "present": float(present)}
            for count, probability, present in zip(rows.films, rows.probability, rows.present, strict=True)
            if count
        ],
        "notes": ["Masks are scored at native size. null: undefined on these films."],
    }


def _confusion(confusion: Confusion) -> dict[str, Any]:
    def plain(shares: NDArray[np.float64]) -> list[list[float | None]]:
        return [[None if np.isnan(share) else float(share) for share in row] for row in shares]

    return {
        "rows": "truth absent, present",
        "columns": "prediction absent, present",
        "counts": confusion.matrix().tolist(),
        "row_shares": plain(confusion.row_shares()),
        "column_shares": plain(confusion.column_shares()),
    }


def _table(evaluation: Evaluation, dataset: Dataset) -> bytes:
    judged = evaluation.judged
    counts = judged.counts
    dice = dice_scores(counts.intersections, counts.predicted, counts.true)
    rows = [
        (
            dataset.cases[index].id,
            str(int(judged.present[place])),
            str(int(judged.decided[place])),
            str(int(evaluation.plain[place])),
            str(int(evaluation.averaged[place])),
            f"{judged.scores[place]:.6f}",
            f"{dice[place]:.6f}",
            str(counts.true[place]),
            str(counts.predicted[place]),
        )
        for place, index in enumerate(evaluation.films)
    ]
    return table_bytes(_COLUMNS, rows)


def _note(verdict: Verdict, threshold: float) -> str:
    word = "found" if verdict.present else "nothing found"
    return f"{word}, probability {verdict.probability:.2f} (threshold {threshold:.2f})"
