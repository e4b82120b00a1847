"""Loss terms on logits, always in float32; each is one function and one row of `TERMS`."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from pleura.core.recipe import Loss


@dataclass(frozen=True)
class Targets:
    """What a batch of films should come out as: `mask` (N, 1, S, S) in [0, 1], `label` (N,) in [0, 1]."""

    mask: Tensor
    label: Tensor


def binary_cross_entropy(logits: Tensor, target: Tensor, loss: Loss) -> Tensor:
    """Mean binary cross-entropy over all pixels, (N, 1, S, S) both; positives count `positive_weight` times."""
    weight = torch.tensor(loss.positive_weight, dtype=logits.dtype, device=logits.device)
    return functional.binary_cross_entropy_with_logits(logits, target, pos_weight=weight)


def soft_dice(logits: Tensor, target: Tensor, loss: Loss) -> Tensor:
    """One minus the soft Dice, (N, 1, S, S) both (Milletari 2016, arXiv 1606.04797), pooled as the recipe says."""
    axes = (0, 1, 2, 3) if loss.dice_pooling == "batch" else (1, 2, 3)
    predicted = torch.sigmoid(logits)
    overlap = (predicted * target).sum(dim=axes)
    total = predicted.sum(dim=axes) + target.sum(dim=axes)
    return (1 - (2 * overlap + loss.dice_smooth) / (total + loss.dice_smooth)).mean()


TERMS: dict[str, Callable[[Tensor, Tensor, Loss], Tensor]] = {
    "bce": binary_cross_entropy,
    "dice": soft_dice,
}


def total_loss(outputs: dict[str, Tensor], targets: Targets, loss: Loss) -> tuple[Tensor, dict[str, Tensor]]:
    """The weighted sum of a recipe's terms and each term by name, detached; terms of weight 0 are left out."""
    logits, target = outputs["logits"].float(), targets.mask.float()
    terms = {name: term(logits, target, loss) for name, term in TERMS.items() if getattr(loss, name) > 0}
    total = torch.stack([getattr(loss, name) * value for name, value in terms.items()]).sum()
    return total, {name: value.detach() for name, value in terms.items()}
