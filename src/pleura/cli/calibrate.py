"""`pleura calibrate`: fit the probability that a model gives, on labelled films."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from pleura.cli.console import need_extra, say, track
from pleura.cli.judged_films import TuningFilms
from pleura.core.calibration import CalibrationKind
from pleura.data import Dataset
from pleura.evidence.calibrate import JUDGED, Calibrated, CalibrationPlan, score_films
from pleura.evidence.calibrate import calibrate as run
from pleura.evidence.calibration_report import document_of, write_calibrated_model, write_calibration
from pleura.evidence.honesty import honesty
from pleura.evidence.tuning_report import check_name
from pleura.predict import Predictor
from pleura.predict.loading import load
from pleura.runtime import Blend, EngineChoice, Model


@Parameter(name="*")
@dataclass(frozen=True)
class Fit:
    """How to look for the calibration.

    Attributes:
        kind: Of calibration; auto takes the simplest that no freer one beats by an interval.
        prevalence: Share of films with a pneumothorax where the model is to be used; that of the films where none is
            given.
        folds: Of the patient cross-fit.
        seed: Of the first draw of folds, and of the bootstrap.
        draws: How often folds are drawn; figures are means over the draws.
    """

    kind: CalibrationKind | Literal["auto"] = "auto"
    prevalence: Annotated[float | None, Parameter(validator=Number(gt=0, lt=1))] = None
    folds: Annotated[int, Parameter(validator=Number(gte=2))] = 5
    seed: int = 42
    draws: Annotated[int, Parameter(validator=Number(gte=1))] = 10

    def plan(self) -> CalibrationPlan:
        """The same, for the evidence."""
        return CalibrationPlan(self.kind, self.prevalence, self.folds, self.seed, self.draws)


def calibrate(
    model: Path,
    /,
    *,
    films: TuningFilms,
    out: Annotated[Path, Parameter(help="The model file (or blend) to write.")],
    report: Path | None = None,
    fit: Fit = Fit(),
    engine: Annotated[EngineChoice, Parameter(name="*")] = EngineChoice(),  # noqa: B008 - frozen
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON instead of words.")] = False,
) -> None:
    """Fit how probable a pneumothorax is at each score of MODEL, and write the model with that to --out.

    Outlines and decisions stay as they are. The figures come from a cross-fit by patient; the calibration that is
    stored is then fitted on all films. A probability holds where as many films have a pneumothorax as among these,
    or as --prevalence says.

    Parameters
    ----------
    model
        A model file, or a blend of several (TOML).
    report
        Takes calibrate.json and the reliability diagrams; a folder beside --out where none is given.
    """
    need_extra("scipy", "evidence")
    source = load(model)
    check_name(source, out)
    dataset, places = films.open()
    for warning in honesty(_uncalibrated(source), dataset, places).warnings:
        say(f"Warning: {warning}")
    outcome = run(score_films(Predictor(source, engine), dataset, places, _watch), fit.plan())
    if (rarer := outcome.before[JUDGED]).few:
        found = f"{rarer.cases} films of {rarer.patients} patients"
        say(f"Warning: the rarer kind of film is {found}: probabilities fitted on so few say little")
    folder = report or out.with_name(f"{out.stem}.calibration")
    write_calibration(outcome, dataset, source, folder)
    write_calibrated_model(source, outcome, dataset, out)
    _tell(outcome, dataset, source, as_json)
    say(f"{out} holds the calibration; {folder} says how good it is")


def _uncalibrated(model: Model | Blend) -> Model | Blend:
    """The calibration that a model had is replaced, so that it has no hand in the figures."""
    update = {"calibration": None, "calibration_record": None}
    if isinstance(model, Blend):
        return replace(model, spec=model.spec.model_copy(update=update))
    return replace(model, spec=model.spec.model_copy(update=update))


def _watch(items: Sequence[int]) -> Iterable[int]:
    return track(items, "Reading films")


def _tell(outcome: Calibrated, dataset: Dataset, model: Model | Blend, as_json: bool) -> None:
    if as_json:
        print(json.dumps(document_of(outcome, dataset, model), indent=2, allow_nan=False))
        return
    values = outcome.shipped.model_dump(exclude={"kind"}).items()
    print(f"calibration: {outcome.kind}, {', '.join(f'{name} {_shown(value)}' for name, value in values)}")
    print(
        f"prevalence: {outcome.prevalence:.3f} ({int(outcome.scored.present.sum())} of {outcome.scored.films.size})"
    )
    for name, before in outcome.before.items():
        after, change = outcome.chosen.figures[name], outcome.chosen.change[name]
        interval = f"{change.value:+.4f}, 95 % interval {change.low:+.4f} to {change.high:+.4f}"
        print(f"{name}: {before.value:.4f} before, {after.value:.4f} after (cross-fit; {interval})")


def _shown(value: float | tuple[float, ...]) -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"of {len(value)} knots"
