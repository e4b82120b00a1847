"""Mean teacher: learning from films without labels (Tarvainen and Valpola 2017, arXiv 1703.01780)."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pleura.core.recipe import Augmentation, Consistency
from pleura.train.augment import Draw, augment, draw

_UNLABELLED = 3
"""Keeps these random streams apart from those of the labelled films and their order."""


class MeanTeacher:
    """Keeps `network`, an average over the student's past: w <- d w + (1 - d) student after every step.

    d is the recipe's for the epoch, small at first so that the teacher forgets the student's first weights. Running
    statistics of batch norm are averaged likewise. The teacher answers in evaluation mode: what it says of a film
    depends on its weights and nothing else.
    """

    def __init__(self, student: nn.Module, consistency: Consistency) -> None:
        self.network = copy.deepcopy(student).eval().requires_grad_(False)
        self.consistency = consistency

    @torch.no_grad()
    def follow(self, student: nn.Module, epoch: int) -> None:
        """Take in the student's weights after one optimiser step of `epoch`."""
        decay = decay_at(self.consistency, epoch)
        for kept, new in zip(self.network.state_dict().values(), student.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.lerp_(new.to(kept.dtype), 1 - decay)
            else:
                kept.copy_(new)


def decay_at(consistency: Consistency, epoch: int) -> float:
    """The teacher's decay in an epoch, which is the last that begins no later."""
    return next(decay for start, decay in reversed(consistency.decays) if start <= epoch)


def weight_at(consistency: Consistency, epochs: float) -> float:
    """What the term counts after `epochs`, a part of one included: risen over `ramp_epochs` as exp(-5 (1 - t)^2)."""
    share = min(1.0, epochs / consistency.ramp_epochs) if consistency.ramp_epochs > 0 else 1.0
    return consistency.weight * math.exp(-5 * (1 - share) ** 2)


def disagreement(student: dict[str, Tensor], teacher: dict[str, Tensor], label: float) -> Tensor:
    """Mean squared difference of the mask's probabilities, and `label` times that of the label's, in float32.

    No gradient reaches the teacher's answer.
    """
    total = _squared_gap(student["logits"], teacher["logits"])
    return total + label * _squared_gap(student["label"], teacher["label"]) if label > 0 else total


def _squared_gap(student: Tensor, teacher: Tensor) -> Tensor:
    return functional.mse_loss(torch.sigmoid(student.float()), torch.sigmoid(teacher.detach().float()))


@dataclass(frozen=True)
class Views:
    """Which unlabelled films stand in a step, and how either network sees each: moved alike, not toned alike."""

    rows: NDArray[np.int64]
    student: tuple[Draw, ...]
    teacher: tuple[Draw, ...]


def draw_views(films: int, augmentation: Augmentation, consistency: Consistency, at: Sequence[int]) -> Views:
    """Draw a step's unlabelled films out of `films`, none of them twice as long as there are enough.

    They depend on nothing but `at`: seed, epoch and step.
    """
    rng = np.random.default_rng([*at, _UNLABELLED])
    rows = rng.choice(films, consistency.films, replace=films < consistency.films)
    seeds = rng.integers(2**31, size=(2, rows.size))
    student, teacher = (
        [draw(augmentation, int(seed), at[1], int(row)) for seed, row in zip(own, rows, strict=True)] for own in seeds
    )
    toned = [
        replace(ours, tone=theirs.tone, erase=theirs.erase) for ours, theirs in zip(student, teacher, strict=True)
    ]
    return Views(rows, tuple(student), tuple(toned))


def see(greys: Tensor, views: Views, crop: int | None = None) -> tuple[Tensor, Tensor]:
    """What the student and what the teacher sees of films, (N, 1, S, S) float32 in [0, 1] each, or of a crop."""
    nothing = torch.zeros_like(greys)
    student, _ = augment(greys, nothing, list(views.student), crop)
    teacher, _ = augment(greys, nothing, list(views.teacher), crop)
    return student, teacher
