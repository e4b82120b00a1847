"""The training loop: stages of epochs, each ending in a journal and a checkpoint."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pleura.core.errors import TrainingError
from pleura.core.files import write_text
from pleura.core.recipe import Recipe, Stage
from pleura.data import Dataset
from pleura.train.augment import augment, draw
from pleura.train.checkpoint import BEST, LAST, load_checkpoint, save_checkpoint
from pleura.train.journal import EpochRecord, write_journal
from pleura.train.losses import total_loss
from pleura.train.preview import write_preview
from pleura.train.resident import Resident, input_spec, make_resident
from pleura.train.sampling import epoch_order
from pleura.train.schedule import learning_rate
from pleura.train.session import Session, pack, start_session, unpack
from pleura.train.validate import Forward, check_monitor, infer, merit, validate


@dataclass(frozen=True)
class Progress:
    """Where training stands, for whoever shows it."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    images_per_s: float


Report = Callable[[Progress], None]


def train(
    recipe: Recipe, dataset: Dataset, folder: Path, *, resume: bool, device: torch.device, report: Report
) -> list[EpochRecord]:
    """Train a recipe on a data set's `train` films, choosing the best checkpoint on its `val` films.

    Args:
        recipe: what to train.
        dataset: a prepared data set.
        folder: takes recipe.json, augmentation.png, metrics.jsonl, timing.json, curves.png, last.pt and best.pt.
        resume: go on from last.pt; on a CPU with equal threads the weights come out the same bit for bit.
        device: where to train.
        report: called after every step.

    Raises:
        RecipeError: the monitored metric does not exist.
        TrainingError: no films or no positives in a split, a run already in the folder, a loss that is not finite.
    """
    check_monitor(recipe)
    _check_splits(dataset)
    session = start_session(recipe, device)
    if resume:
        _resume(session, load_checkpoint(folder / LAST, device), recipe, dataset)
    elif (folder / LAST).exists():
        raise TrainingError(f"{folder} holds a run already", "Add --resume to go on with it, or name another folder.")
    write_text(folder / "recipe.json", recipe.model_dump_json(indent=1) + "\n")
    first = 0
    for number, stage in enumerate(recipe.stages):
        if session.epoch < first + stage.epochs and not session.stopped:
            _train_stage(_Stretch(recipe, stage, number, first, folder, device), dataset, session, report)
        first += stage.epochs
    return session.records


@dataclass(frozen=True)
class _Stretch:
    """One stage of one run: which epochs it covers and where it writes."""

    recipe: Recipe
    stage: Stage
    number: int
    first_epoch: int
    folder: Path
    device: torch.device


def _train_stage(stretch: _Stretch, dataset: Dataset, session: Session, report: Report) -> None:
    recipe, stage = stretch.recipe, stretch.stage
    cache = stretch.folder / "cache"
    spec = input_spec(recipe, stage.resolution)
    films = make_resident(dataset, dataset.indices("train"), recipe, stage.resolution, stretch.device, cache)
    judged = make_resident(dataset, dataset.indices("val"), recipe, stage.resolution, stretch.device, cache)
    write_preview(stretch.folder / "augmentation.png", films, recipe)
    network = torch.compile(session.network) if recipe.compile else session.network
    end = stretch.first_epoch + stage.epochs
    while session.epoch < end and not session.stopped:
        started = time.perf_counter()
        record = _train_epoch(stretch, films, network, session, report)
        session.epoch += 1
        metrics: dict[str, float] = {}
        if session.epoch % recipe.validation.every == 0 or session.epoch == end:
            metrics = validate(session.judged, judged, recipe, spec, 2 * stage.batch)
        seconds = time.perf_counter() - started
        session.records.append(replace(record, seconds=seconds, validation=metrics))
        _close_epoch(stretch, dataset, session, metrics)


def _train_epoch(
    stretch: _Stretch, films: Resident, network: Forward, session: Session, report: Report
) -> EpochRecord:
    """One pass over the drawn films; the record still lacks its time and validation."""
    recipe, stage, epoch = stretch.recipe, stretch.stage, session.epoch
    spec = input_spec(recipe, stage.resolution)
    order = epoch_order(films.present, stage.positive_rate, recipe.seed, epoch)
    steps = max(1, len(order) // stage.batch)
    session.network.train()
    losses: list[float] = []
    times: list[float] = []
    terms: dict[str, float] = {}
    rate = 0.0
    for step, rows in enumerate(np.array_split(order[: steps * stage.batch], steps)):
        began = time.perf_counter()
        done = (epoch - stretch.first_epoch) * steps + step
        rate = learning_rate(stage, done, stage.epochs * steps, session.plateau)
        greys, targets = films.batch(rows)
        draws = [draw(recipe.augmentation, recipe.seed, epoch, int(row)) for row in rows]
        greys, targets = augment(greys, targets, draws)
        loss, parts = total_loss(infer(network, greys, recipe, spec), targets, recipe.loss)
        _check_finite(loss, epoch, step)
        _step(session, loss, rate, recipe.optimiser.clip_norm)
        losses.append(float(loss.detach()))
        terms = {name: terms.get(name, 0.0) + float(value) / steps for name, value in parts.items()}
        times.append(time.perf_counter() - began)
        report(Progress(epoch, recipe.epochs, step + 1, steps, losses[-1], len(rows) / times[-1]))
    return EpochRecord(
        epoch=epoch,
        stage=stretch.number,
        resolution=stage.resolution,
        learning_rate=rate,
        train_loss=statistics.fmean(losses),
        films=steps * stage.batch,
        seconds=0.0,
        step_ms=statistics.median(times) * 1000,
        terms=terms,
    )


def _step(session: Session, loss: Tensor, rate: float, clip_norm: float) -> None:
    for group in session.optimiser.param_groups:
        group["lr"] = rate
    session.optimiser.zero_grad(set_to_none=True)
    session.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]  # torch leaves it bare
    if clip_norm > 0:
        session.scaler.unscale_(session.optimiser)
        nn.utils.clip_grad_norm_(session.network.parameters(), clip_norm)
    session.scaler.step(session.optimiser)
    session.scaler.update()
    if session.average is not None:
        session.average.update(session.network)


def _close_epoch(stretch: _Stretch, dataset: Dataset, session: Session, metrics: dict[str, float]) -> None:
    """Settle what the epoch's validation means, then write; the best checkpoint before the last one.

    A run killed between the two repeats the epoch and writes the same best checkpoint again.
    """
    validation = stretch.recipe.validation
    better = False
    if metrics:
        value = merit(metrics, validation.monitor)
        better = value > session.best
        session.plateau.see(value, stretch.stage.plateau_patience)
        session.best = max(value, session.best)
        session.waited = 0 if better else session.waited + validation.every
        session.stopped = 0 < validation.patience <= session.waited
    state = pack(session, stretch.recipe, dataset.record)
    if better:
        kept = {key: state[key] for key in ("recipe", "data_name", "data_sha256", "epoch", "best")}
        kept |= {"stage": stretch.number, "network": session.judged.state_dict()}
        save_checkpoint(stretch.folder / BEST, kept)
    save_checkpoint(stretch.folder / LAST, state)
    write_journal(stretch.folder, session.records)


def _resume(session: Session, state: dict[str, object], recipe: Recipe, dataset: Dataset) -> None:
    if state["recipe"] != recipe.model_dump(mode="json"):
        raise TrainingError("the checkpoint was trained with another recipe", "Resume with the run's own recipe.")
    if state["data_sha256"] != dataset.record.sha256:
        raise TrainingError("the checkpoint was trained on another data set", "Resume with the run's own data.")
    unpack(state, session)


def _check_splits(dataset: Dataset) -> None:
    for split in ("train", "val"):
        present = [dataset.cases[int(index)].present for index in dataset.indices(split)]
        if not any(present) or all(present):
            found = f"{sum(present)} of {len(present)} films with a pneumothorax"
            raise TrainingError(
                f"{dataset.folder}: split {split!r} has {found}", "Prepare the set so that both kinds are in it."
            )


def _check_finite(loss: Tensor, epoch: int, step: int) -> None:
    if not torch.isfinite(loss):
        raise TrainingError(
            f"the loss became {float(loss.detach())} in epoch {epoch}, step {step}",
            "The last good checkpoint is kept; lower the learning rate or train in float32.",
        )
