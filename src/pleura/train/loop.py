"""The training loop: stages of epochs, each ending in a journal and a checkpoint."""

import shutil
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
from pleura.core.recipe import Recipe, Stage, Target
from pleura.data import Dataset
from pleura.train.augment import augment, draw
from pleura.train.check import check_data
from pleura.train.checkpoint import BEST, LAST, load_checkpoint, save_checkpoint
from pleura.train.journal import EpochRecord, write_journal
from pleura.train.losses import total_loss
from pleura.train.preview import write_preview
from pleura.train.resident import Resident, input_spec, make_resident
from pleura.train.sampling import epoch_order
from pleura.train.schedule import Plateau, learning_rate
from pleura.train.session import Session, adopt, pack, start_session, unpack
from pleura.train.validate import Forward, check_monitor, infer, merit, validate

RECIPE = "recipe.json"


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
    recipe: Recipe,
    dataset: Dataset,
    folder: Path,
    *,
    resume: bool,
    device: torch.device,
    report: Report,
    start_from: Path | None = None,
) -> list[EpochRecord]:
    """Train a recipe on a data set's `train` films, choosing the best checkpoint on its `val` films.

    Args:
        recipe: what to train.
        dataset: a prepared data set.
        folder: takes recipe.json, augmentation.png, metrics.jsonl, timing.json, curves.png, last.pt and best.pt.
        resume: go on from last.pt, or from the start where the run was killed before it wrote one; on a CPU with
            equal threads the weights come out the same bit for bit. A run that has ended stays as it is.
        device: where to train.
        report: called after every step.
        start_from: a checkpoint whose network this run starts with; optimiser, average and epochs start afresh. A
            run that is resumed has its own and needs none.

    Raises:
        RecipeError: the monitored metric does not exist.
        TrainingError: a data set that the recipe cannot be trained on, a run already in the folder or none to
            resume, a loss that is not finite, or a monitored metric that was never defined.
    """
    check_monitor(recipe)
    check_data(recipe, dataset)
    session = _open_session(recipe, dataset, folder, device, resume=resume)
    if start_from is not None and session.epoch == 0:
        adopt(session, start_from)
    write_text(folder / RECIPE, recipe.model_dump_json(indent=1) + "\n")
    first = 0
    for number, stage in enumerate(recipe.stages):
        if session.epoch < first + stage.epochs and not session.stopped:
            _train_stage(_Stretch(recipe, stage, number, first, folder, device), dataset, session, report)
        first += stage.epochs
    if not (folder / BEST).exists():
        reason = f"{recipe.validation.monitor} was undefined in every validation, so that no epoch is the best"
        raise TrainingError(reason, f"Monitor another metric; the last weights are in {LAST}.")
    return session.records


def _open_session(recipe: Recipe, dataset: Dataset, folder: Path, device: torch.device, *, resume: bool) -> Session:
    """A fresh session, or that of the run in `folder`, whose journal is then written again.

    A kill may have fallen between the last checkpoint and its journal, or before the first checkpoint: then there
    is nothing to go on from, and the seed gives the same weights.
    """
    last = folder / LAST
    if not resume and last.exists():
        raise TrainingError(f"{folder} holds a run already", "Add --resume to go on with it, or name another folder.")
    if not resume or ((folder / RECIPE).exists() and not last.exists()):
        return start_session(recipe, device)
    state = load_checkpoint(last, device)
    if state["recipe"] != recipe.model_dump(mode="json"):
        raise TrainingError("the checkpoint was trained with another recipe", "Resume with the run's own recipe.")
    if state["data_sha256"] != dataset.record.sha256:
        raise TrainingError("the checkpoint was trained on another data set", "Resume with the run's own data.")
    session = start_session(recipe.model_copy(update={"network": recipe.network.untrained()}), device)
    unpack(state, session)
    write_journal(folder, session.records)
    return session


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
    # Judged against the masks as they are: one that is thin would vanish where a target is softened.
    bare = recipe.model_copy(update={"target": Target()})
    judged = make_resident(dataset, dataset.indices("val"), bare, stage.resolution, stretch.device, cache)
    if session.epoch == stretch.first_epoch:
        session.plateau, session.waited = Plateau(), 0
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
    if cache.exists():
        shutil.rmtree(cache)


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
        greys, mask = augment(greys, targets.mask, draws)
        targets = replace(targets, mask=mask)
        loss, parts = total_loss(infer(network, greys, recipe, spec), targets, recipe.loss)
        _check_finite(loss, epoch, step)
        take_step(session, loss, rate, recipe.optimiser.clip_norm)
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
        films=min(len(order), steps * stage.batch),
        seconds=0.0,
        step_ms=statistics.median(times) * 1000,
        terms=terms,
    )


def take_step(session: Session, loss: Tensor, rate: float, clip_norm: float) -> None:
    """Step down a loss's gradient, clipped by its norm (0 = not), and take the moving average along."""
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
    session.waited += 1
    if metrics:
        value = merit(metrics, validation.monitor)
        session.plateau.see(value, stretch.stage.plateau_patience)
        better = value > session.best  # never of an undefined value, which is NaN
        if better:
            session.best, session.waited = value, 0
        session.stopped = 0 < validation.patience <= session.waited
    state = pack(session, stretch.recipe, dataset.record)
    if better:
        kept = {key: state[key] for key in ("recipe", "data_name", "data_sha256", "started_from", "epoch", "best")}
        kept |= {"stage": stretch.number, "network": session.judged.state_dict()}
        save_checkpoint(stretch.folder / BEST, kept)
    save_checkpoint(stretch.folder / LAST, state)
    write_journal(stretch.folder, session.records)


def _check_finite(loss: Tensor, epoch: int, step: int) -> None:
    if not torch.isfinite(loss):
        raise TrainingError(
            f"the loss became {float(loss.detach())} in epoch {epoch}, step {step}",
            "The last good checkpoint is kept; lower the learning rate or train in float32.",
        )
