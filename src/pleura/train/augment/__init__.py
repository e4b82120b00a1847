"""Augmentation on the device: parameters drawn per film on the host, applied to a whole batch at once."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pleura.core.recipe import Augmentation
from pleura.train.augment.erase import EraseDraw, apply_erase, draw_erase
from pleura.train.augment.tone import ToneDraw, apply_tone, draw_tone
from pleura.train.augment.warp import WarpDraw, apply_warp, draw_warp


@dataclass(frozen=True)
class Draw:
    """Everything random about one film in one epoch, so that a draw can be replayed.

    `corner` says where a crop lies: 0 at the left or the top edge, 1 at the right or the bottom one, as (x, y).
    """

    warp: WarpDraw
    tone: ToneDraw
    erase: EraseDraw
    corner: tuple[float, float]


def draw(augmentation: Augmentation, seed: int, epoch: int, index: int) -> Draw:
    """Draw one film's parameters; they depend on nothing but the seed, the epoch and the film's index."""
    rng = np.random.default_rng([seed, epoch, index])
    warp, tone = draw_warp(augmentation.warp, rng), draw_tone(augmentation.tone, rng)
    return Draw(warp, tone, draw_erase(augmentation.erase, rng), (float(rng.random()), float(rng.random())))


def augment(films: Tensor, masks: Tensor, draws: list[Draw], crop: int | None = None) -> tuple[Tensor, Tensor]:
    """Warp films and masks together, then change the films' grey values and erase a part of them.

    Args:
        films: (N, 1, S, S) float32 in [0, 1].
        masks: (N, 1, S, S) float32 in [0, 1].
        draws: one a film.
        crop: rows and columns of the part of each that comes back, the whole where None. Lengths that a recipe gives
            as fractions of the side are those of the whole film's.
    """
    side = films.shape[-1]
    corners = None if crop is None else _corners(draws, side - crop)
    planes = apply_warp(torch.cat((films, masks), dim=1), [item.warp for item in draws], corners, crop)
    toned = apply_tone(planes[:, :1], [item.tone for item in draws], side)
    return apply_erase(toned, [item.erase for item in draws], side), planes[:, 1:]


def _corners(draws: list[Draw], room: int) -> list[tuple[int, int]]:
    """Left column and top row of each film's crop, on whole pixels."""
    return [(round(item.corner[0] * room), round(item.corner[1] * room)) for item in draws]
