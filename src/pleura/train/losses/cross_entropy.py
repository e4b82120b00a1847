"""Binary cross-entropy of pixels and of the image-level label."""

import torch
from torch import Tensor
from torch.nn import functional

from pleura.core.recipe import Loss
from pleura.train.losses.term import Term, counted


def pixel_sums(logits: Tensor, target: Tensor, loss: Loss) -> Tensor:
    """Over (N, 1, S, S) pixels, those of a pneumothorax `positive_weight` times but counted as one each."""
    weight = torch.tensor(loss.positive_weight, dtype=logits.dtype, device=logits.device)
    return counted(functional.binary_cross_entropy_with_logits(logits, target, pos_weight=weight, reduction="none"))


def label_sums(logits: Tensor, target: Tensor, _loss: Loss) -> Tensor:
    """Over (N,) films."""
    return counted(functional.binary_cross_entropy_with_logits(logits, target, reduction="none"))


BCE = Term("logits", pixel_sums)
LABEL = Term("label", label_sums)
