"""Focal loss: cross-entropy, less of what is right already (Lin 2017, arXiv 1708.02002)."""

import torch
from torch import Tensor
from torch.nn import functional

from pleura.core.recipe import Loss
from pleura.train.losses.term import SMALLEST, Term, counted


def focal_sums(logits: Tensor, target: Tensor, loss: Loss) -> Tensor:
    """(1 - p of the target) ** `focal_gamma` times cross-entropy, over pixels (N, 1, S, S) or films (N,).

    No class is weighed by an alpha, and the mean is over all pixels. The miss comes from the logit of the other
    class, not as one minus a probability, which would round to 0.
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    missed = target * torch.sigmoid(-logits) + (1 - target) * torch.sigmoid(logits)
    return counted(missed.clamp(min=SMALLEST) ** loss.focal_gamma * entropy)


FOCAL = Term("logits", focal_sums)
LABEL_FOCAL = Term("label", focal_sums)
