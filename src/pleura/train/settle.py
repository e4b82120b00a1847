"""What an epoch's end and a run's end mean: what is kept, whether the stage is over, what is written."""

import copy
import hashlib
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from pleura.core.files import sha256_of
from pleura.core.recipe import Recipe
from pleura.data.fingerprints import Fingerprints
from pleura.train.average import mean_weights, measure_batch_norm
from pleura.train.checkpoint import LAST, save_checkpoint
from pleura.train.environment import Environment, environment_of
from pleura.train.epoch import Stretch, make_batch
from pleura.train.journal import write_journal
from pleura.train.keep import Kept, admit, load_kept, save_kept, settle
from pleura.train.networks import freeze_encoder
from pleura.train.plan import Report, RunPlan
from pleura.train.resident import Pool
from pleura.train.sampling import epoch_order, positive_rate
from pleura.train.schedule import Plateau
from pleura.train.session import Session, pack
from pleura.train.validate import infer, merit, validate
from pleura.train.world import CACHE, here

AVERAGE = "average"
"""Name of the averaged weights among the kept checkpoints."""


@dataclass(frozen=True, eq=False)
class Run:
    """One run of one recipe on given films into one folder."""

    recipe: Recipe
    films: Pool
    judged: Pool
    folder: Path
    plan: RunPlan
    report: Report
    unlabelled: Pool | None = None

    @property
    def cache(self) -> Path:
        """Takes films that the device has no room for."""
        return self.plan.shards or self.folder / CACHE

    def room(self, pool: Pool) -> int | None:
        """Bytes that one of the run's pools may take: of what is allowed, as large a part as of all films."""
        if self.plan.memory is None:
            return None
        pools = [self.films, self.judged, *([] if self.unlabelled is None else [self.unlabelled])]
        return self.plan.memory * len(pool.films) // sum(len(each.films) for each in pools)

    @property
    def environment(self) -> Environment:
        """Versions, threads and the device, as checkpoints, model files and the report have them."""
        return environment_of(self.plan.device)

    @property
    def films_sha256(self) -> str:
        """Tells one choice of films of a data set from another, as the folds'."""
        return hashlib.sha256(str([pool.indices.tolist() for pool in (self.films, self.judged)]).encode()).hexdigest()

    @cached_property
    def lungs_sha256(self) -> str | None:
        """Tells the model that found the lungs, whose windows the films are seen through; None without one."""
        return None if self.plan.lungs is None else sha256_of(self.plan.lungs)

    @property
    def teachers(self) -> dict[str, Any]:
        """What is learned from beside the data set's own labels, as a model's record has it."""
        lesson, unlabelled = self.films.lesson, self.unlabelled
        return {
            "soft": None if lesson is None else lesson.soft.record.origin.model_dump(mode="json"),
            "unlabelled": None if unlabelled is None else unlabelled.dataset.record.sha256,
        }

    @property
    def identity(self) -> dict[str, Any]:
        """What a run is resumed with as it began, and what all its processes have to agree on."""
        return {
            "recipe": self.recipe.model_dump(mode="json"),
            "data_sha256": self.films.dataset.record.sha256,
            "films_sha256": self.films_sha256,
            "lungs_sha256": self.lungs_sha256,
            **self.teachers,
        }

    @cached_property
    def seen(self) -> Fingerprints:
        """All films that the network learns from, with labels or without, and those that its epochs are chosen by."""
        pools = [self.films, self.judged, *([] if self.unlabelled is None else [self.unlabelled])]
        return Fingerprints.of(dataset.cases[index] for pool in pools for dataset, index in pool.films)


def close_epoch(run: Run, stretch: Stretch, session: Session, metrics: dict[str, float]) -> None:
    """Settle what an epoch's validation means, then write: what may be kept, the last checkpoint, the best ones.

    A run killed before the last checkpoint repeats the epoch and writes the same files again.
    """
    recipe, stage = run.recipe, stretch.stage
    name = f"epoch-{session.epoch - 1}"
    session.waited += 1
    if metrics:
        value = merit(metrics, recipe.validation.monitor)
        if session.plateau.see(value, stage.plateau_patience):
            session.waited = 0
        session.kept = admit(session.kept, Kept(value, name), recipe.averaging.keep)
    patience = recipe.validation.patience if stage.patience is None else stage.patience
    # Never between two validations: what was learned since the last one would be lost unjudged.
    over = session.stage_epoch == stage.epochs or (bool(metrics) and 0 < patience <= session.waited)
    if over:
        session.stage, session.stage_epoch = session.stage + 1, 0
        session.plateau, session.waited = Plateau(), 0
    if any(item.name == name for item in session.kept):
        save_kept(run.folder, name, _model(run, session, stretch, session.judged, metrics))
    if recipe.averaging.swa_epochs > 0:
        save_kept(run.folder, f"weights-{session.epoch - 1}", _model(run, session, stretch, session.network, {}))
    _save(run, session)


def average_epochs(run: Run, stretch: Stretch, session: Session) -> None:
    """Judge the mean of the last epochs' weights, batch norm measured anew, and keep it where it is good enough.

    A run killed before its end does so again from the same files.
    """
    names = _recent(run, session)
    network = copy.deepcopy(session.network)
    network.load_state_dict(mean_weights(load_kept(run.folder, name, run.plan.device)["network"] for name in names))
    trained = sum(record.stage == stretch.number for record in session.records)
    freeze_encoder(network, trained <= stretch.stage.freeze_encoder_epochs)  # as in the last epoch, after a kill too
    epoch = session.epoch - 1
    rate = positive_rate(stretch.stage, stretch.stage.epochs - 1)
    order = epoch_order(stretch.films.present, rate, run.recipe.seed, epoch, films=stretch.stage.films)
    batches = np.array_split(order, max(1, len(order) // stretch.stage.batch))
    greys = (make_batch(stretch, here().shard(rows), epoch)[0] for rows in batches)
    measure_batch_norm(network, lambda batch: infer(network, batch, run.recipe, stretch.spec), greys)
    metrics = validate(network, stretch.judged, run.recipe, stretch.spec, 2 * stretch.stage.batch)
    kept = Kept(merit(metrics, run.recipe.validation.monitor), AVERAGE)
    session.averaged, session.kept = metrics, admit(session.kept, kept, run.recipe.averaging.keep)
    if kept in session.kept:
        save_kept(run.folder, AVERAGE, _model(run, session, stretch, network, metrics))
    _save(run, session)


def _model(
    run: Run, session: Session, stretch: Stretch, network: nn.Module, metrics: dict[str, float]
) -> dict[str, Any]:
    """A checkpoint that a model can be made of."""
    record = run.films.dataset.record
    return {
        "recipe": run.recipe.model_dump(mode="json"),
        "data_name": record.name,
        "data_sha256": record.sha256,
        "started_from": session.started_from,
        "epoch": session.epoch,
        "stage": stretch.number,
        "network": network.state_dict(),
        "validation": metrics,
        "environment": asdict(run.environment),
        "seen": asdict(run.seen),
        **run.teachers,
    }


def _save(run: Run, session: Session) -> None:
    """Write the last checkpoint, then what follows from it."""
    state = pack(session, run.recipe, run.films.dataset.record) | run.identity
    state |= {"environment": asdict(run.environment)}
    save_checkpoint(run.folder / LAST, state)
    settle_kept(run, session)
    write_journal(run.folder, session.records)


def _recent(run: Run, session: Session) -> list[str]:
    """Names of the last epochs' weights, of those that are averaged at the end."""
    first = max(0, session.epoch - run.recipe.averaging.swa_epochs)
    return [f"weights-{epoch}" for epoch in range(first, session.epoch)]


def settle_kept(run: Run, session: Session) -> None:
    """Give the kept checkpoints their final names, as the session in last.pt has them."""
    settle(run.folder, session.kept, set(_recent(run, session)), run.recipe.averaging.keep)
