"""What a calibration leaves behind: its record, two reliability diagrams, and the model with its probability."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.core.calibration import CalibrationFigures, CalibrationRecord, calibrated
from pleura.core.files import write_bytes, write_text
from pleura.core.metrics import Reliability, reliability
from pleura.core.postprocess import presence_threshold
from pleura.data import Dataset
from pleura.data.fingerprints import Fingerprints
from pleura.evidence.calibrate import Calibrated
from pleura.evidence.figures.estimate import Estimate
from pleura.evidence.judged import nullable
from pleura.evidence.reliability import draw_reliability
from pleura.evidence.tuning_report import check_name
from pleura.output.png import encode_png
from pleura.runtime import Blend, Model, with_spec, write_blend

CALIBRATE, BEFORE, AFTER = "calibrate.json", "reliability-before.png", "reliability-after.png"

_NOTES = (
    "before judges the scores of the model's decision as if they were probabilities. after and trials come from a "
    "cross-fit by patient: each film has the probability of a calibration fitted on the other folds, which hold no "
    "film of its patient; means over several draws of the folds. Intervals are 95 %, by bootstrap over patients, and "
    "change is paired. Lower is better throughout.",
    "Of several kinds the simplest is taken that no freer one beats by an interval of the Brier score.",
    "calibration is fitted on all films. It holds for scores of this model's decision, on films like these, where "
    "the given prevalence of them have a pneumothorax.",
    "The reliability diagrams are of the scores and of the first draw, every film counted once.",
)


def write_calibrated_model(model: Model | Blend, outcome: Calibrated, dataset: Dataset, path: Path) -> None:
    """Write a model or blend with the calibration that was found and its record; nothing else of it changes.

    Args:
        model: the model that scored the films.
        outcome: what was found.
        dataset: what it was found on.
        path: of the new file; `.onnx` for a model, `.toml` for a blend.

    Raises:
        ModelFileError: `path` has the wrong suffix.
    """
    check_name(model, path)
    update = {"calibration": outcome.shipped, "calibration_record": record_of(outcome, dataset)}
    if isinstance(model, Blend):
        write_blend(model, model.spec.model_copy(update=update), path)
    else:
        with_spec(model, model.spec.model_copy(update=update), path)


def record_of(outcome: Calibrated, dataset: Dataset) -> CalibrationRecord:
    """What the model file keeps of a calibration beside the calibration itself."""
    cases = [dataset.cases[int(index)] for index in outcome.scored.films]
    prints = Fingerprints.of(cases)
    return CalibrationRecord(
        data_name=dataset.record.name,
        data_sha256=dataset.record.sha256,
        films=len(cases),
        patients=len({case.patient for case in cases}),
        present=int(outcome.scored.present.sum()),
        prevalence=outcome.prevalence,
        before=_figures(outcome.before),
        after=_figures(outcome.chosen.figures),
        patients_sha256=prints.patients,
        films_sha256=prints.films,
    )


def write_calibration(outcome: Calibrated, dataset: Dataset, model: Model | Blend, folder: Path) -> None:
    """Write calibrate.json and a reliability diagram of before and after.

    Args:
        outcome: what was found.
        dataset: what it was found on.
        model: the model as it was before.
        folder: made if it is not there.
    """
    text = json.dumps(document_of(outcome, dataset, model), indent=2, allow_nan=False)
    write_text(folder / CALIBRATE, f"{text}\n")
    told = ((BEFORE, "Scores", outcome.scored.scores), (AFTER, "Probabilities", outcome.chosen.drawn[0]))
    for name, what, values in told:
        title = f"{what} of {values.size} films"
        picture = draw_reliability(reliability(values, outcome.scored.present), title)
        write_bytes(folder / name, encode_png(picture))


def document_of(outcome: Calibrated, dataset: Dataset, model: Model | Blend) -> dict[str, Any]:
    """The record as plain values."""
    scored, plan, spec = outcome.scored, outcome.plan, model.spec
    threshold = presence_threshold(spec.decision)
    return {
        "format": "pleura.calibrate/1",
        "model": {"name": spec.name, "version": spec.version, "sha256": model.sha256},
        "data": {"name": dataset.record.name, "sha256": dataset.record.sha256},
        "films": int(scored.films.size),
        "patients": len({dataset.cases[int(index)].patient for index in scored.films}),
        "present": int(scored.present.sum()),
        "prevalence": outcome.prevalence,
        "plan": asdict(plan),
        "kind": outcome.kind,
        "calibration": outcome.shipped.model_dump(mode="json"),
        "threshold": threshold,
        "probability_at_the_threshold": calibrated(threshold, outcome.shipped),
        "before": _estimates(outcome.before),
        "after": _estimates(outcome.chosen.figures),
        "change": _estimates(outcome.chosen.change),
        "trials": {
            kind: {
                "figures": _estimates(trial.figures),
                "change": _estimates(trial.change),
                "beats": list(trial.beats),
            }
            for kind, trial in outcome.trials.items()
        },
        "reliability_before": _rows(reliability(scored.scores, scored.present)),
        "reliability_after": _rows(reliability(outcome.chosen.drawn[0], scored.present)),
        "notes": list(_NOTES),
    }


def _figures(estimates: dict[str, Estimate]) -> CalibrationFigures:
    return CalibrationFigures(**{name: estimate.value for name, estimate in estimates.items()})


def _estimates(estimates: dict[str, Estimate]) -> dict[str, Any]:
    return {name: nullable(asdict(estimate)) for name, estimate in estimates.items()}


def _rows(rows: Reliability) -> list[dict[str, Any]]:
    used: NDArray[np.int64] = np.flatnonzero(rows.films)
    return [
        {
            "films": int(rows.films[place]),
            "probability": float(rows.probability[place]),
            "present": float(rows.present[place]),
        }
        for place in used
    ]
