"""Augmentation on the device: parameters drawn per film on the host, applied to a whole batch at once."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pleura.core.recipe import Augmentation
from pleura.train.augment.tone import ToneDraw, apply_tone, draw_tone
from pleura.train.augment.warp import WarpDraw, apply_warp, draw_warp


@dataclass(frozen=True)
class Draw:
    """Everything random about one film in one epoch, so that a draw can be replayed."""

    warp: WarpDraw
    tone: ToneDraw


def draw(augmentation: Augmentation, seed: int, epoch: int, index: int) -> Draw:
    """Draw one film's parameters; they depend on nothing but the seed, the epoch and the film's index."""
    rng = np.random.default_rng([seed, epoch, index])
    return Draw(draw_warp(augmentation.warp, rng), draw_tone(augmentation.tone, rng))


def augment(films: Tensor, masks: Tensor, draws: list[Draw]) -> tuple[Tensor, Tensor]:
    """Warp films and masks together, then change the films' grey values.

    Args:
        films: (N, 1, S, S) float32 in [0, 1].
        masks: (N, 1, S, S) float32 in [0, 1].
        draws: one a film.
    """
    moved = apply_warp(torch.cat((films, masks), dim=1), [item.warp for item in draws])
    return apply_tone(moved[:, :1], [item.tone for item in draws]), moved[:, 1:]
