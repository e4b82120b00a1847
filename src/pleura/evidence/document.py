"""metrics.json: everything that was found about one reader, as a program reads it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import Confusion, reliability
from pleura.data import Dataset
from pleura.evidence.evaluate import Judgement
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.draws import ROUNDS
from pleura.evidence.figures.estimate import FEW, Estimate
from pleura.evidence.figures.summary import Stratum, Summary
from pleura.evidence.figures.table import FIGURES
from pleura.evidence.judged import nullable
from pleura.evidence.software import software_versions

FORMAT = "pleura.metrics/2"
_NOTES = (
    "Masks are scored at native size. null: undefined on these films.",
    "low and high: 95 % interval of a bootstrap that draws patients with all their films. Where every draw "
    "gives the same number it would have no width: a share of films that is 0 or 1 then has the exact interval "
    "(Clopper & Pearson 1934) with each patient counted once, any other figure none.",
    f"cases and patients: what the figure rests on. few: fewer than {FEW} films or patients. seen: the reader saw "
    "films that it is judged on.",
)
_KINDS = {
    "fixed": "The decision, and the calibration if there is one, are those that the model holds.",
    "cross-fit": "Each film is judged by a decision, and a calibration if the model holds one, fitted on films of "
    "other patients. Folds are drawn anew for each run, figures are means over the runs, and intervals hold for the "
    "films alone.",
    "predictions": "Outlines were read from files.",
}


@dataclass(frozen=True)
class Assessment:
    """One reader with its figures.

    Attributes:
        judgement: what it said.
        summary: its figures on all films, and the strata.
        beside: figures without the patients that were left out, with how many films remain; None for no such set.
        rounds: of the bootstrap.
        seed: of the bootstrap.
    """

    judgement: Judgement
    summary: Summary
    beside: tuple[int, Summary] | None = None
    rounds: int = ROUNDS
    seed: int = 0


def document(assessment: Assessment, dataset: Dataset) -> dict[str, Any]:
    """What metrics.json holds; numbers that are undefined are None.

    Every group of figures that has `siim_dice` has `siim_dice_all_empty`, without which it misleads.
    """
    judgement, summary = assessment.judgement, assessment.summary
    first, seen = judgement.runs[0], judgement.seen > 0
    model, beside = judgement.model, assessment.beside
    identity = (
        {} if model is None else {"name": model.spec.name, "version": model.spec.version, "sha256": model.sha256}
    )
    return {
        "format": FORMAT,
        "warnings": list(judgement.warnings),
        "reader": {
            "title": judgement.title,
            "kind": judgement.kind,
            "runs": len(judgement.runs),
            "model": identity or None,
            "facts": dict(judgement.words),
        },
        "data": {
            "name": dataset.record.name,
            "sha256": dataset.record.sha256,
            "films": int(first.films.size),
            "patients": len({dataset.cases[int(index)].patient for index in first.films}),
            "present": int(first.judged.present.sum()),
            "seen": judgement.seen,
        },
        "bootstrap": {"rounds": assessment.rounds, "seed": assessment.seed, "draws": "patients"},
        "figures": figures_document(summary.figures, seen=seen),
        "figures_without_patients_left_out": beside
        and {"films": beside[0], "figures": figures_document(beside[1].figures, seen=seen)},
        "strata": [_stratum(stratum, seen) for stratum in summary.strata],
        "confusion_pixels": _confusion([run.judged.pixel_confusion() for run in judgement.runs]),
        "confusion_films": _confusion([run.judged.film_confusion() for run in judgement.runs]),
        "reliability": _reliability(judgement.runs),
        "seconds_a_film": judgement.timings,
        "software": software_versions(),
        "notes": [*_NOTES, _KINDS[judgement.kind], *judgement.notes],
    }


def _stratum(stratum: Stratum, seen: bool) -> dict[str, Any]:
    return {
        "axis": stratum.axis,
        "name": stratum.name,
        "films": stratum.films,
        "patients": stratum.patients,
        "present": stratum.positives,
        "figures": figures_document(stratum.figures, seen=seen),
    }


def figures_document(figures: dict[str, Estimate], *, seen: bool) -> dict[str, Any]:
    """Figures by name with their words, unit and interval."""
    return {
        name: {
            "words": FIGURES[name].words,
            "unit": FIGURES[name].unit,
            "better": FIGURES[name].better,
            **nullable({"value": figure.value, "low": figure.low, "high": figure.high}),
            "cases": figure.cases,
            "patients": figure.patients,
            "few": figure.few,
            "seen": seen,
        }
        for name, figure in figures.items()
    }


def _confusion(runs: list[Confusion]) -> dict[str, Any]:
    """Counts as means over the runs; shares are those of all runs together."""
    whole = sum(runs[1:], start=runs[0])
    return {
        "rows": "truth absent, present",
        "columns": "prediction absent, present",
        "counts": [[_whole(count / len(runs)) for count in row] for row in whole.matrix().tolist()],
        "row_shares": _shares(whole.row_shares()),
        "column_shares": _shares(whole.column_shares()),
    }


def _whole(count: float) -> float | int:
    return int(count) if count.is_integer() else count


def _shares(shares: NDArray[np.float64]) -> list[list[float | None]]:
    return [[None if math.isnan(share) else share for share in row] for row in shares.tolist()]


def _reliability(runs: tuple[Evaluation, ...]) -> list[dict[str, float]]:
    """Bins of the probabilities of all runs, their films as means over the runs; none without scores."""
    if not all(run.scored for run in runs):
        return []
    probabilities = np.concatenate([run.judged.probabilities for run in runs])
    rows = reliability(probabilities, np.concatenate([run.judged.present for run in runs]))
    return [
        {"films": _whole(int(count) / len(runs)), "probability": float(probability), "present": float(present)}
        for count, probability, present in zip(rows.films, rows.probability, rows.present, strict=True)
        if count
    ]
