"""Soft Dice of films, of the batch, or of the films with a pneumothorax.

Below the fraction stand plain sums (Sudre 2017, arXiv 1707.03237, and the field's libraries); V-Net's Dice (Milletari
2016, arXiv 1606.04797) has sums of squares there.
"""

import torch
from torch import Tensor

from pleura.core.recipe import Loss
from pleura.train.losses.term import Term, mean


def dice_sums(logits: Tensor, target: Tensor, loss: Loss) -> Tensor:
    """Overlap and total over the batch; or the sum of the films' losses and how many they are, (2,).

    A film has a pneumothorax, for `non_empty`, where its target reaches a half anywhere: a teacher's soft map is
    above 0 on every film.
    """
    probability, target = torch.sigmoid(logits).flatten(1), target.flatten(1)
    overlap = (probability * target).sum(dim=1)
    total = (probability + target).sum(dim=1)
    if loss.dice_pooling == "batch":
        return torch.stack((overlap.sum(), total.sum()))
    counts = torch.ones_like(total) if loss.dice_pooling == "image" else (target.amax(dim=1) >= 0.5).to(total.dtype)
    return torch.stack(((counts * _loss_of(overlap, total, loss)).sum(), counts.sum()))


def dice_value(sums: Tensor, loss: Loss) -> Tensor:
    """One minus the batch's Dice, or the mean over the films that count, 0 where none does."""
    return _loss_of(sums[0], sums[1], loss) if loss.dice_pooling == "batch" else mean(sums, loss)


def _loss_of(overlap: Tensor, total: Tensor, loss: Loss) -> Tensor:
    return 1 - (2 * overlap + loss.dice_smooth) / (total + loss.dice_smooth)


DICE = Term("logits", dice_sums, dice_value)
