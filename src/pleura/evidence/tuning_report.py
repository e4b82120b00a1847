"""What a tuning leaves behind: its record, the thresholds, a picture, and the model with its new decision."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import ModelFileError
from pleura.core.files import write_bytes, write_text
from pleura.core.postprocess import grid_pixels
from pleura.core.recipe import Objective
from pleura.core.spec import DecisionSpec, InputSpec, TuningRecord
from pleura.core.types import ModelIdentity
from pleura.data import Dataset
from pleura.data.fingerprints import Fingerprints
from pleura.evidence.crossfit import CrossFit, Fold
from pleura.evidence.heatmap import draw_heatmap
from pleura.evidence.judged import defined, nullable
from pleura.evidence.tune import Tuned
from pleura.output.png import encode_png
from pleura.runtime import Blend, Model, with_spec, write_blend

_OUT_OF_FOLD = (
    "out_of_fold: each film was read by the networks of the one fold that did not learn from it, from maps kept in "
    "256 steps; the blend averages the networks of all folds."
)

TUNE, THRESHOLDS, PICTURE = "tune.json", "thresholds.json", "objective.png"


def write_tuned_model(
    model: Model | Blend, tuned: Tuned, dataset: Dataset, others: NDArray[np.int64], path: Path
) -> None:
    """Write a model or blend under the decision that was found, with its cross-fit figures and no calibration.

    Args:
        model: the model, of which only decision, tuning record and figures change; a calibration is dropped.
        tuned: what was found.
        dataset: what it was found on.
        others: places within `tuned.films` of the films that stand beside as a second set of figures.
        path: of the new file; `.onnx` for a model, `.toml` for a blend.

    Raises:
        ModelFileError: `path` has the wrong suffix.
    """
    check_name(model, path)
    cases = [dataset.cases[index] for index in tuned.films]
    prints = Fingerprints.of(cases)
    record = TuningRecord(
        data_name=dataset.record.name,
        data_sha256=dataset.record.sha256,
        films=len(cases),
        patients=len({case.patient for case in cases}),
        objective=tuned.plan.objective,
        patients_sha256=prints.patients,
        films_sha256=prints.films,
    )
    figures = {f"{tuned.kind} {record.data_name}": _means(tuned, np.arange(tuned.films.size))}
    if others.size < len(cases):
        left_out = record.patients - len({cases[place].patient for place in others})
        key = f"{tuned.kind} {record.data_name} without {left_out} patient(s)"
        figures[key] = _means(tuned, others)
    update = {
        "decision": tuned.shipped.decision,
        "tuning": record,
        "calibration": None,  # it holds for scores of the decision before alone
        "calibration_record": None,
        "figures": {**model.spec.figures, **figures},
    }
    if isinstance(model, Blend):
        write_blend(model, model.spec.model_copy(update=update), path)
    else:
        with_spec(model, model.spec.model_copy(update=update), path)


def check_name(model: Model | Blend, path: Path) -> None:
    """Refuse a name for the tuned file that would not be read as what it is.

    Raises:
        ModelFileError: not `.onnx` for a model, or not `.toml` for a blend.
    """
    suffix = ".toml" if isinstance(model, Blend) else ".onnx"
    if path.suffix.lower() != suffix:
        raise ModelFileError(path, f"has not the suffix {suffix} of what is tuned", f"Name it {path.stem}{suffix}.")


def write_tuning(
    tuned: Tuned, dataset: Dataset, others: NDArray[np.int64], spec: InputSpec, model: ModelIdentity, folder: Path
) -> None:
    """Write tune.json, thresholds.json and objective.png.

    Args:
        tuned: what was found.
        dataset: what it was found on.
        others: places within `tuned.films` of the films that stand beside as a second set of figures.
        spec: the input of the model.
        model: the model as it was before.
        folder: made if it is not there.
    """
    write_text(folder / TUNE, _json(_document(tuned, dataset, others, model)))
    write_text(folder / THRESHOLDS, _json(thresholds(tuned.shipped.decision, spec)))
    picture = draw_heatmap(tuned.shipped, tuned.fitting.tried, tuned.plan.objective)
    write_bytes(folder / PICTURE, encode_png(picture))


def thresholds(decision: DecisionSpec, spec: InputSpec) -> dict[str, Any]:
    """A decision under the keys of roque2025's thresholds.json and our own.

    Removal is in px of the network's grid; the rule `distance` cuts no probabilities and so has no binary threshold.
    """
    return {
        "binary_threshold": None if decision.rule == "distance" else decision.bottom,
        "removal_area": grid_pixels(decision.removal, spec),
        "side": spec.side,
        "decision": decision.model_dump(),
    }


def _document(tuned: Tuned, dataset: Dataset, others: NDArray[np.int64], model: ModelIdentity) -> dict[str, Any]:
    cases = [dataset.cases[index] for index in tuned.films]
    return {
        "format": "pleura.tune/1",
        "model": {"name": model.name, "version": model.version, "sha256": model.sha256},
        "data": {"name": dataset.record.name, "sha256": dataset.record.sha256},
        "films": len(cases),
        "patients": len({case.patient for case in cases}),
        "objective": tuned.plan.objective,
        "grid": tuned.plan.grid,
        "out_of_fold": tuned.out_of_fold,
        "folds": tuned.plan.folds,
        "seed": tuned.plan.seed,
        "decision": tuned.shipped.decision.model_dump(),
        "at_an_edge_of_the_grid": list(tuned.shipped.best.edges),
        "draws": tuned.plan.draws,
        "cross_fit": _spreads(tuned, np.arange(tuned.films.size)),
        "cross_fit_without_patients_left_out": _beside(tuned, others),
        "first_draw_by_fold": [_fold(tuned.draws[0], fold, tuned.plan.objective) for fold in tuned.draws[0].folds],
        "seen_by_the_decision": nullable(tuned.seen.figures()),
        "notes": [
            "Figures are at native size. cross_fit is what to publish: each film is judged by the decision fitted on "
            "the other folds, which hold no film of its patient; the mean over several draws of the folds.",
            "decision is fitted on all films; seen_by_the_decision judges those same films and is too good.",
            *([_OUT_OF_FOLD] if tuned.out_of_fold else []),
        ],
    }


def _means(tuned: Tuned, places: NDArray[np.int64]) -> dict[str, float]:
    return defined({name: spread.mean for name, spread in tuned.published(places).items()})


def _spreads(tuned: Tuned, places: NDArray[np.int64]) -> dict[str, Any]:
    return {name: nullable(asdict(spread)) for name, spread in tuned.published(places).items()}


def _beside(tuned: Tuned, others: NDArray[np.int64]) -> dict[str, Any] | None:
    if others.size == tuned.films.size:
        return None
    return {"films": int(others.size), **_spreads(tuned, others)}


def _fold(draw: CrossFit, fold: Fold, objective: Objective) -> dict[str, Any]:
    held = draw.judged.take(fold.films)
    return {
        "films": int(fold.films.size),
        "present": int(held.present.sum()),
        "decision": fold.decision.model_dump(),
        "at_an_edge_of_the_grid": list(fold.best.edges),
        "objective_where_fitted": fold.best.value,
        "objective_held_out": nullable(held.figures())[objective],
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
