"""Everything that changes while a run trains, and how it goes into a checkpoint and comes back."""

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pleura.core.errors import TrainingError
from pleura.core.recipe import Optimiser, Recipe
from pleura.data import DatasetRecord
from pleura.train.average import MovingAverage
from pleura.train.checkpoint import load_checkpoint
from pleura.train.journal import EpochRecord
from pleura.train.networks import build_network, keep_depthwise_in_float32
from pleura.train.schedule import Plateau


@dataclass
class Session:
    """The network with its average, optimiser and scaler, and how far training has come."""

    network: nn.Module
    average: MovingAverage | None
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    epoch: int = 0
    plateau: Plateau = field(default_factory=Plateau)
    best: float = float("-inf")
    waited: int = 0
    stopped: bool = False
    records: list[EpochRecord] = field(default_factory=list)
    started_from: str | None = None

    @property
    def judged(self) -> nn.Module:
        """The network that is validated and kept: the average where there is one."""
        return self.average.network if self.average is not None else self.network


def start_session(recipe: Recipe, device: torch.device) -> Session:
    """Build a fresh session from the recipe's seed."""
    torch.manual_seed(recipe.seed)
    network = build_network(recipe.network, recipe.input.channels)
    network = network.to(device).to(memory_format=torch.channels_last)
    average = MovingAverage(network, recipe.optimiser.ema) if recipe.optimiser.ema > 0 else None
    if device.type == "cpu" and recipe.precision == "bfloat16":
        keep_depthwise_in_float32(network)
        if average is not None:
            keep_depthwise_in_float32(average.network)
    scaler = torch.amp.GradScaler(device.type, enabled=recipe.precision == "float16")
    return Session(network, average, _optimiser(recipe.optimiser, network, device), scaler)


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
    session.network.load_state_dict(state)
    if session.average is not None:
        session.average.network.load_state_dict(state)
    session.started_from = hashlib.sha256(checkpoint.read_bytes()).hexdigest()


def _shape(state: dict[str, torch.Tensor], name: str) -> torch.Size | None:
    return state[name].shape if name in state else None


def pack(session: Session, recipe: Recipe, data: DatasetRecord) -> dict[str, Any]:
    """The session as plain data for a checkpoint."""
    return {
        "recipe": recipe.model_dump(mode="json"),
        "data_name": data.name,
        "data_sha256": data.sha256,
        "started_from": session.started_from,
        "network": session.network.state_dict(),
        "average": session.average.network.state_dict() if session.average else None,
        "average_steps": session.average.steps if session.average else 0,
        "optimiser": session.optimiser.state_dict(),
        "scaler": session.scaler.state_dict(),
        "epoch": session.epoch,
        "plateau": asdict(session.plateau),
        "best": session.best,
        "waited": session.waited,
        "stopped": session.stopped,
        "records": [asdict(record) for record in session.records],
        "random": torch.get_rng_state(),
    }


def unpack(state: dict[str, Any], session: Session) -> None:
    """Bring a freshly started session to where a checkpoint stood."""
    session.network.load_state_dict(state["network"])
    if session.average is not None:
        session.average.network.load_state_dict(state["average"])
        session.average.steps = state["average_steps"]
    session.optimiser.load_state_dict(state["optimiser"])
    session.scaler.load_state_dict(state["scaler"])
    session.epoch, session.best, session.waited = state["epoch"], state["best"], state["waited"]
    session.stopped, session.started_from = state["stopped"], state["started_from"]
    session.plateau = Plateau(**state["plateau"])
    session.records = [EpochRecord(**record) for record in state["records"]]
    torch.set_rng_state(state["random"].cpu())
