"""Everything that changes while a run trains, and how it goes into a checkpoint and comes back."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from pleura.core.errors import TrainingError
from pleura.core.recipe import Optimiser, Recipe, Stage
from pleura.data import DatasetRecord
from pleura.train.average import MovingAverage
from pleura.train.batch_norm import pool_batch_norm
from pleura.train.checkpoint import load_checkpoint
from pleura.train.journal import EpochRecord
from pleura.train.keep import Kept
from pleura.train.networks import build_network, keep_depthwise_in_float32
from pleura.train.schedule import Plateau

Forward = Callable[[Tensor], dict[str, Tensor]]
"""A network or its compiled twin."""


class Companion(Protocol):
    """What learns beside the labelled films, as a mean teacher does: a loss term a step and a state of its own."""

    def enter(self, stage: Stage) -> None:
        """Make its films ready for a stage."""
        ...

    def term(self, network: Forward, epoch: int, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """What is added to a step's loss, and its parts by name, detached."""
        ...

    def follow(self, network: nn.Module, epoch: int) -> None:
        """Take in the weights after a step."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Plain data for the checkpoint."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        ...


@dataclass
class Session:
    """The network with its average, optimiser and scaler, and how far training has come.

    Attributes:
        epoch: epochs trained; counts over all stages.
        stage: the stage that is next or under way, and `stage_epoch` how many of its epochs are done. One that is
            past the recipe's last says that training has ended.
        plateau: of the monitored metric since the stage's start.
        waited: epochs without a better value since the stage's start.
        kept: the best checkpoints so far, best first.
        scores: (N,) false positive score of each training film when it was last seen, NaN before; None where the
            recipe asks for no hard negatives.
        averaged: metrics of the averaged weights, once they were judged.
    """

    network: nn.Module
    average: MovingAverage | None
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    epoch: int = 0
    stage: int = 0
    stage_epoch: int = 0
    plateau: Plateau = field(default_factory=Plateau)
    waited: int = 0
    kept: list[Kept] = field(default_factory=list)
    scores: Tensor | None = None
    averaged: dict[str, float] | None = None
    records: list[EpochRecord] = field(default_factory=list)
    started_from: str | None = None
    companion: Companion | None = None

    @property
    def judged(self) -> nn.Module:
        """The network that is validated and kept: the average where there is one."""
        return self.average.network if self.average is not None else self.network


def start_session(recipe: Recipe, device: torch.device, films: int = 0) -> Session:
    """Build a fresh session from the recipe's seed for training on so many films."""
    torch.manual_seed(recipe.seed)
    network = build_network(recipe.network, recipe.input.channels)
    pool_batch_norm(network)
    network = network.to(device).to(memory_format=torch.channels_last)
    average = MovingAverage(network, recipe.optimiser.ema) if recipe.optimiser.ema > 0 else None
    if device.type == "cpu" and recipe.precision == "bfloat16":
        keep_depthwise_in_float32(network)
        if average is not None:
            keep_depthwise_in_float32(average.network)
    scaler = torch.amp.GradScaler(device.type, enabled=recipe.precision == "float16")
    hard = any(stage.hard_negatives > 0 for stage in recipe.stages)
    scores = torch.full((films,), float("nan")) if hard else None
    return Session(network, average, _optimiser(recipe.optimiser, network, device), scaler, scores=scores)


def _optimiser(spec: Optimiser, network: nn.Module, device: torch.device) -> torch.optim.Optimizer:
    kind = torch.optim.AdamW if spec.name == "adamw" else torch.optim.Adam
    fused = device.type == "cuda"
    return kind(network.parameters(), lr=0.0, weight_decay=spec.weight_decay, fused=fused)


def adopt(session: Session, checkpoint: Path) -> None:
    """Start with the network of a checkpoint; the session remembers the file's sha256.

    Raises:
        TrainingError: no such checkpoint, or its network is built otherwise than the recipe's.
    """
    state = load_checkpoint(checkpoint, torch.device("cpu"))["network"]
    wanted = session.network.state_dict()
    differing = [name for name in wanted.keys() | state.keys() if _shape(wanted, name) != _shape(state, name)]
    if differing:
        raise TrainingError(
            f"{checkpoint}: {len(differing)} tensors do not fit the recipe's network, one is {min(differing)!r}",
            "Start from a checkpoint of the same network.",
        )
    go_on_from(session, state)
    session.started_from = hashlib.sha256(checkpoint.read_bytes()).hexdigest()


def _shape(state: dict[str, torch.Tensor], name: str) -> torch.Size | None:
    return state[name].shape if name in state else None


def go_on_from(session: Session, network: dict[str, Tensor]) -> None:
    """Take a checkpoint's network; the average starts from it, the optimiser's moments stay."""
    session.network.load_state_dict(network)
    if session.average is not None:
        session.average.network.load_state_dict(network)


def pack(session: Session, recipe: Recipe, data: DatasetRecord) -> dict[str, Any]:
    """The session as plain data for a checkpoint; chance needs none, as each epoch has a seed of its own."""
    return {
        "recipe": recipe.model_dump(mode="json"),
        "data_name": data.name,
        "data_sha256": data.sha256,
        "started_from": session.started_from,
        "network": session.network.state_dict(),
        "average": session.average.network.state_dict() if session.average else None,
        "average_steps": session.average.steps if session.average else 0,
        "companion": session.companion.state_dict() if session.companion else None,
        "optimiser": session.optimiser.state_dict(),
        "scaler": session.scaler.state_dict(),
        "epoch": session.epoch,
        "stage_under_way": session.stage,
        "stage_epoch": session.stage_epoch,
        "plateau": asdict(session.plateau),
        "waited": session.waited,
        "kept": [asdict(item) for item in session.kept],
        "scores": session.scores,
        "averaged": session.averaged,
        "records": [asdict(record) for record in session.records],
    }


def unpack(state: dict[str, Any], session: Session) -> None:
    """Bring a freshly started session to where a checkpoint stood."""
    session.network.load_state_dict(state["network"])
    if session.average is not None:
        session.average.network.load_state_dict(state["average"])
        session.average.steps = state["average_steps"]
    if session.companion is not None:
        session.companion.load_state_dict(state["companion"])
    session.optimiser.load_state_dict(state["optimiser"])
    session.scaler.load_state_dict(state["scaler"])
    session.epoch, session.stage, session.stage_epoch = state["epoch"], state["stage_under_way"], state["stage_epoch"]
    session.waited, session.started_from = state["waited"], state["started_from"]
    session.plateau = Plateau(**state["plateau"])
    session.kept = [Kept(**item) for item in state["kept"]]
    session.scores = None if state["scores"] is None else state["scores"].cpu()
    session.averaged = state["averaged"]
    session.records = [EpochRecord(**record) for record in state["records"]]
