"""What a run is given beside its recipe and its data, and what it says of itself on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from pleura.core.recipe import Stage


@dataclass(frozen=True, eq=False)
class RunPlan:
    """Where a run trains, what it goes on from and which films it is given.

    Attributes:
        device: where to train.
        resume: go on from last.pt, or from the start where the run was killed before it wrote one.
        start_from: a checkpoint whose network the run starts with; optimiser, average and epochs start afresh. A run
            that is resumed has its own and needs none.
        train_films: positions in the data set to train on; None takes its split `train`.
        val_films: positions to judge on; None takes its split `val`.
        lungs: a model file that finds the lungs, for a recipe that crops around them.
        soft: a folder of soft targets.
        unlabelled: a prepared data set whose films are learned from without their labels.
        tensorboard: write TensorBoard's event files too.
        memory: bytes that films may take at the most; half of what is free if not given.
        shards: takes what memory has no room for, of several runs in folders whose names begin with this one's;
            RUN/cache if not given. Processes that train together may share it.
    """

    device: torch.device
    resume: bool = False
    start_from: Path | None = None
    train_films: NDArray[np.int64] | None = None
    val_films: NDArray[np.int64] | None = None
    lungs: Path | None = None
    soft: Path | None = None
    unlabelled: Path | None = None
    tensorboard: bool = False
    memory: int | None = None
    shards: Path | None = None


@dataclass(frozen=True)
class Progress:
    """Where training stands, for whoever shows it.

    `epoch` counts from 0 over all stages, of `epochs` at the most: a stage that loses patience ends sooner. `last`
    and `best` are the monitored metric's values, None before the first validation. `done` is the share of the run's
    work behind it, in pixels seen, if no stage ends sooner.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    images_per_s: float
    stage: int = 0
    stages: int = 1
    monitor: str = ""
    last: float | None = None
    best: float | None = None
    done: float = 0.0


Report = Callable[[Progress], None]


def share_done(stages: Sequence[Stage], number: int, epochs: float) -> float:
    """The share of a run's work that is done after so many epochs of stage `number`, each counting by its pixels."""
    works = [(stage.crop or stage.resolution) ** 2 * stage.epochs for stage in stages]
    behind = sum(works[:number]) + works[number] * epochs / stages[number].epochs
    return behind / sum(works)
