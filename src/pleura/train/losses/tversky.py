"""Tversky losses: a Dice that weighs false positives and false negatives apart, over the batch."""

import torch
from torch import Tensor

from pleura.core.recipe import Loss
from pleura.train.losses.term import SMALLEST, Term


def tversky_sums(logits: Tensor, target: Tensor, _loss: Loss) -> Tensor:
    """Soft true positives, false positives and false negatives of all pixels, (3,)."""
    probability = torch.sigmoid(logits)
    hits = (probability * target).sum()
    return torch.stack((hits, probability.sum() - hits, target.sum() - hits))


def tversky_value(sums: Tensor, loss: Loss) -> Tensor:
    """One minus the Tversky index (Salehi 2017, arXiv 1706.05721), `dice_smooth` above and below."""
    hits, false_alarms, missed = sums.unbind()
    found = hits + loss.dice_smooth
    return 1 - found / (found + loss.tversky_alpha * false_alarms + loss.tversky_beta * missed)


def focal_tversky_value(sums: Tensor, loss: Loss) -> Tensor:
    """The Tversky loss to the power of `focal_tversky_gamma` (Abraham 2018, arXiv 1810.07842).

    The paper writes the power as 1 / gamma, so that its 4/3 is .75 here.
    """
    return torch.pow(tversky_value(sums, loss).clamp(min=SMALLEST), loss.focal_tversky_gamma)


TVERSKY = Term("logits", tversky_sums, tversky_value)
FOCAL_TVERSKY = Term("logits", tversky_sums, focal_tversky_value)
