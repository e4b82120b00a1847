"""`pleura tune`: fit a model's decision on labelled films."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import App, Parameter
from numpy.typing import NDArray

from pleura.cli.console import say, track
from pleura.cli.judged_films import JudgedFilms
from pleura.core.errors import ModelFileError
from pleura.core.recipe import GridName, Objective
from pleura.core.spec import Rule
from pleura.core.types import ModelIdentity
from pleura.evidence.honesty import honesty
from pleura.evidence.system_maps import SystemMaps, read_system_maps
from pleura.evidence.tune import Tuned, TunePlan, recipe_tuning, tune_out_of_fold
from pleura.evidence.tune import tune as run
from pleura.evidence.tuning_report import check_name, write_tuned_model, write_tuning
from pleura.predict import Predictor
from pleura.predict.loading import load
from pleura.runtime import Blend, EngineChoice, Model

app = App(name="tune")
app.command(
    "pleura.cli.tune_cascade:cascade", name="cascade", help="Let a first, cheap model rule out clear negatives."
)
_SHOWN = ("auroc", "siim_dice", "siim_dice_all_empty", "dice_positives", "pooled_f1", "pooled_iou", "empty_correct")


@Parameter(name="*")
@dataclass(frozen=True)
class Search:
    """How to look for the decision.

    Attributes:
        objective: What is maximised; as the model's recipe says where none is given.
        grid: What is tried; as the model's recipe says where none is given.
        rule: Of the decision; that of the model's own decision where none is given.
        folds: Of the patient cross-fit.
        seed: Of the first draw of folds.
        draws: How often folds are drawn; figures are means over the draws.
    """

    objective: Objective | None = None
    grid: GridName | None = None
    rule: Rule | None = None
    folds: int = 5
    seed: int = 42
    draws: int = 10

    def plan(self, model: Model | Blend, maps: SystemMaps | None) -> TunePlan:
        """The same, completed by the system's or the model's recipe where something was left open."""
        if self.objective is not None and self.grid is not None:
            return TunePlan(self.objective, self.grid, self.rule, self.folds, self.seed, self.draws)
        asked = recipe_tuning(model) if maps is None else maps.system.tuning
        objective, grid = self.objective or asked.objective, self.grid or asked.grid
        return TunePlan(objective, grid, self.rule, self.folds, self.seed, self.draws)


@app.default
def tune(
    model: Path,
    /,
    *,
    films: JudgedFilms,
    out: Annotated[Path, Parameter(help="The model file (or blend) to write.")],
    oof: Path | None = None,
    report: Path | None = None,
    search: Search = Search(),
    engine: Annotated[EngineChoice, Parameter(name="*")] = EngineChoice(),  # noqa: B008 - frozen
) -> None:
    """Fit the decision of MODEL, a model file or a blend (TOML), and write it with that decision to --out.

    The figures that are printed and stored come from a cross-fit by patient; the decision that is stored is
    then fitted on all films.

    Parameters
    ----------
    model
        A model file, or a blend of several (TOML).
    oof
        The run of a system with folds that MODEL was exported from. Its films are then not read again: each stands as
        the fold that did not learn from it saw it. Give --data what it was trained on, and no --split.
    report
        Takes tune.json, thresholds.json and objective.png; a folder beside --out where none is given.
    """
    source = load(model)
    _refuse_cascade(source)
    check_name(source, out)
    maps = None if oof is None else read_system_maps(oof)
    plan = search.plan(source, maps)
    folder = report or out.with_name(f"{out.stem}.tuning")
    if maps is None:
        dataset, positions, others = films.open()
        _warn(honesty(source, dataset, positions, fitted_anew=True).warnings)
        predictor = Predictor(source, engine)
        tuned, spec = run(predictor, dataset, positions, plan, _watch), predictor.spec
    else:
        dataset, others = films.open_kept(maps.films)
        _warn(maps.warnings(source))
        tuned, spec = tune_out_of_fold(maps, source.spec.decision, dataset, plan, _watch), maps.spec
    identity = ModelIdentity(source.spec.name, source.spec.version, source.sha256)
    write_tuning(tuned, dataset, others, spec, identity, folder)
    write_tuned_model(source, tuned, dataset, others, out)
    _tell(tuned, others)
    say(f"{out} holds the decision; {folder} says how it was found")


def _refuse_cascade(model: Model | Blend) -> None:
    """A cascade's rule and the scores of what it rules out hold for the decision that it was tuned with."""
    if isinstance(model, Blend) and model.first:
        remedy = "Tune the model that it was made of, then run `pleura tune cascade` anew."
        raise ModelFileError(model.path, "is a cascade, whose rule holds for its own decision alone", remedy)


def _watch(items: Sequence[int]) -> Iterable[int]:
    return track(items, "Reading films")


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        say(f"Warning: {warning}")


def _tell(tuned: Tuned, others: NDArray[np.int64]) -> None:
    for axis in tuned.shipped.best.edges:
        say(f"Warning: {axis} stands at an edge of the grid {tuned.plan.grid}: a better one may lie beyond")
    decision = ", ".join(f"{name} {value}" for name, value in tuned.shipped.decision.model_dump().items())
    print(f"decision: {decision}")
    figures = tuned.published(np.arange(tuned.films.size))
    beside = tuned.published(others)
    for name in _SHOWN:
        found, second = figures[name], ""
        if others.size < tuned.films.size:
            second = f"  (without those left out {beside[name].mean:.4f})"
        print(f"{tuned.kind} {name}: {found.mean:.4f}, {found.lowest:.4f} to {found.highest:.4f} by draw{second}")
