"""What the tuning of a cascade leaves behind: the blend, the page, the curve and the record."""

import json
from collections.abc import Sequence
from pathlib import Path

from pleura.core.errors import ModelFileError
from pleura.core.files import write_bytes, write_text
from pleura.core.spec import TuningRecord
from pleura.data import Dataset
from pleura.data.fingerprints import Fingerprints
from pleura.evidence.cascade.cost import PREVALENCES
from pleura.evidence.cascade.curve import Point
from pleura.evidence.cascade.document import curve_csv, document_of
from pleura.evidence.cascade.page import cascade_page
from pleura.evidence.cascade.rule import Reads
from pleura.evidence.cascade.tune import TunedCascade
from pleura.evidence.judged import defined
from pleura.runtime import Blend, BlendSpec, Member, Model, write_blend

CASCADE, CURVE, PAGE = "cascade.json", "curve.csv", "cascade.html"
_FIGURES = ("auroc", "siim_dice", "siim_dice_all_empty", "dice_positives", "pooled_f1", "empty_correct")


def check_parts(full: Model | Blend, first: Model, by: Reads, out: Path) -> None:
    """Refuse what cannot become a cascade, before a film is read.

    Raises:
        ModelFileError: the full model is a cascade already, the first one sees films cropped to the lungs, finds
            something else or lacks the score that it is to be read by, or `out` is the full model's own file or
            would not be read as a blend.
    """
    if isinstance(full, Blend) and full.first:
        raise ModelFileError(full.path, "is a cascade already", "Name the model or blend that it was made of.")
    if first.spec.input.lung_crop is not None or first.spec.finds != "pneumothorax":
        reason = "finds no pneumothorax on a whole film"
        raise ModelFileError(first.path, reason, "Take a model that was trained on whole films with such masks.")
    if by == "label" and "label" not in first.spec.heads:
        remedy = "Give --by decision, or take a model with a label head."
        raise ModelFileError(first.path, "is to rule out by its label and has no label head", remedy)
    if out.suffix.lower() != ".toml":
        raise ModelFileError(out, "has not the suffix .toml of a blend", f"Name it {out.stem}.toml.")
    if out.resolve() == full.path.resolve():
        raise ModelFileError(out, "is what the cascade is made of", "Give --out another name.")


def write_cascade(tuned: TunedCascade, full: Model | Blend, first: Model, dataset: Dataset, path: Path) -> Blend:
    """Write the cascade: the full model's decision and calibration, and the first model with its rule.

    Args:
        tuned: what was found.
        full: a model, or a blend without a first model.
        first: the first model.
        dataset: what it was tuned on.
        path: of the blend (TOML).

    Raises:
        ModelFileError: a model was changed since it was read.
    """
    rest = full.spec.members if isinstance(full, Blend) else (_member(full, "segment"),)
    models = full.models if isinstance(full, Blend) else (full,)
    ruling = Member(file=first.path.name, sha256=first.sha256, role="rule-out", rule_out=tuned.rule)
    spec = BlendSpec(
        name=f"{full.spec.name}-cascade",
        version=full.spec.version,
        decision=full.spec.decision,
        members=(ruling, *rest),
        tuning=full.spec.tuning,
        calibration=full.spec.calibration,
        calibration_record=full.spec.calibration_record,
        rule_out_tuning=_record(tuned, dataset),
        figures={f"cascade, cross-fit {dataset.record.name}": _figures(tuned)},
    )
    return write_blend(Blend(path, "", spec, (first, *models)), spec, path)


def write_report(
    tuned: TunedCascade,
    curve: Sequence[Point],
    dataset: Dataset,
    full: Model | Blend,
    first: Model,
    folder: Path,
) -> None:
    """Write cascade.html, cascade.json and curve.csv; the folder is made if it is not there."""
    document = document_of(tuned, curve, dataset, full, first)
    write_text(folder / PAGE, cascade_page(tuned, curve, dataset))
    write_bytes(folder / CURVE, curve_csv(curve))
    write_text(folder / CASCADE, json.dumps(document, indent=2, allow_nan=False) + "\n")


def _member(model: Model, role: str) -> Member:
    return Member.model_validate({"file": model.path.name, "sha256": model.sha256, "role": role})


def _record(tuned: TunedCascade, dataset: Dataset) -> TuningRecord:
    cases = [dataset.cases[int(index)] for index in tuned.readings.full.runs[0].films]
    prints = Fingerprints.of(cases)
    return TuningRecord(
        data_name=dataset.record.name,
        data_sha256=dataset.record.sha256,
        films=len(cases),
        patients=len({case.patient for case in cases}),
        objective=f"lose at most {tuned.plan.rule.lose:g} of {tuned.plan.rule.of}",
        patients_sha256=prints.patients,
        films_sha256=prints.films,
    )


def _figures(tuned: TunedCascade) -> dict[str, float]:
    """By cross-fit: figures of the cascade, what is lost, and what is saved."""
    held = tuned.held_out
    found = {} if held.found is None else {"lost_of_found": held.found.value, "lost_of_found_high": held.found.high}
    return {
        **defined({name: tuned.comparison.figures[1][name].value for name in _FIGURES}),
        **found,
        "lost_of_all": held.present.value,
        "lost_of_all_high": held.present.high,
        **{f"saving_at_{share:g}": tuned.multiply_adds.saving(held.passing, share) for share in PREVALENCES},
    }
