"""`pleura tune cascade`: put a first, cheap model before a dear one."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from pleura.cli.console import need_extra, say, track
from pleura.cli.judged_films import TuningFilms
from pleura.core.calibration import CalibrationRecord
from pleura.evidence.cascade.cost import Cost
from pleura.evidence.cascade.curve import cascade_curve
from pleura.evidence.cascade.document import document_of
from pleura.evidence.cascade.page import summary
from pleura.evidence.cascade.readings import read_both
from pleura.evidence.cascade.report import check_parts, write_cascade, write_report
from pleura.evidence.cascade.rule import Counted, Reads, RulePlan, check_calibration
from pleura.evidence.cascade.tune import CascadePlan, tune_cascade
from pleura.evidence.multiply_adds import film_multiply_adds
from pleura.predict.loading import first_model_path, load
from pleura.runtime import Blend, EngineChoice, Model, read_model


@Parameter(name="*")
@dataclass(frozen=True)
class RuleSearch:
    """Which model goes first, and how its rule is looked for.

    Attributes:
        first: The first model's file, or rule-out for the one that ships.
        lose: The largest share of films with a pneumothorax that the first model may rule out.
        of: Which of them count: those that MODEL finds, or all.
        by: Which of the first model's scores counts: that of its decision, or its label's.
        folds: Of the patient cross-fit.
        seed: Of the first draw of folds, and of the bootstrap.
        draws: How often folds are drawn; figures are means over the draws.
    """

    first: Path
    lose: Annotated[float, Parameter(validator=Number(gte=0, lt=1))] = 0.05
    of: Counted = "found"
    by: Reads = "decision"
    folds: Annotated[int, Parameter(validator=Number(gte=2))] = 5
    seed: int = 42
    draws: Annotated[int, Parameter(validator=Number(gte=1))] = 10

    def plan(self, full: Model | Blend) -> CascadePlan:
        """The same for a full model, whose calibration puts both models' scores on one scale."""
        record: CalibrationRecord | None = full.spec.calibration_record
        check_calibration(full.spec.calibration)
        prevalence = None if record is None else record.prevalence
        rule = RulePlan(self.lose, self.of, self.by, full.spec.calibration, prevalence)
        return CascadePlan(rule, self.folds, self.seed, self.draws)


def cascade(
    model: Path,
    /,
    *,
    films: TuningFilms,
    search: RuleSearch,
    out: Annotated[Path, Parameter(help="The blend (TOML) to write.")],
    report: Path | None = None,
    engine: Annotated[EngineChoice, Parameter(name="*")] = EngineChoice(),  # noqa: B008 - frozen
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON instead of words.")] = False,
) -> None:
    """Let a first, cheap model rule out clear negatives before MODEL, a model file or a blend, reads the rest.

    The blend at --out is the cascade: one file that predict, serve and batch take as their model. Its decision and
    calibration are those of MODEL. Figures that are printed and stored come from a cross-fit by patient; the rule
    that is stored is then fitted on all films, which neither model may have been trained on.

    Parameters
    ----------
    model
        A model file, or a blend of several (TOML).
    report
        Takes cascade.html, cascade.json and curve.csv; a folder beside --out where none is given.
    """
    need_extra("scipy", "evidence")
    full, small = load(model), read_model(first_model_path(search.first))
    check_parts(full, small, search.by, out)
    plan = search.plan(full)
    dataset, places = films.open()
    cost = Cost(film_multiply_adds(small), film_multiply_adds(full))
    readings = read_both(full, small, search.by, engine, dataset, places, _watch)
    title = f"{small.spec.name} before {full.spec.name}"
    tuned = tune_cascade(readings, cost, dataset, plan, title)
    for warning in tuned.comparison.warnings:
        say(f"Warning: {warning}")
    curve = cascade_curve(tuned)
    folder = report or out.with_name(f"{out.stem}.cascade")
    write_report(tuned, curve, dataset, full, small, folder)
    write_cascade(tuned, full, small, dataset, out)
    if as_json:
        print(json.dumps(document_of(tuned, curve, dataset, full, small), indent=2, allow_nan=False))
    else:
        print("\n".join(summary(tuned)))
    say(f"{out} is the cascade; {folder} says what it saves and costs")


def _watch(items: Sequence[int]) -> Iterable[int]:
    return track(items, "Reading films")
