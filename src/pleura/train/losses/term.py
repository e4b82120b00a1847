"""What a loss term is: sums over films, and what becomes of them.

The mean of the losses of several processes is not the loss of their films taken together: the processes may have
unequal shares of them, and a Dice over the batch is no mean at all. So every term first sums what it needs; the sums
are pooled over the processes, all terms' in one message, and only then does the term become a number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from pleura.core.recipe import Loss

SMALLEST = 1e-12
"""What is raised to a power is at least this: below it, a power under one has an unbounded slope."""


def counted(values: Tensor) -> Tensor:
    """The sum of all values and how many they are, (2,)."""
    return torch.stack((values.sum(), torch.full_like(values.sum(), values.numel())))


def mean(sums: Tensor, _loss: Loss) -> Tensor:
    """The first of two sums over the second, a count or a weight; 0 where nothing was counted."""
    return sums[0] / sums[1].clamp(min=1)


@dataclass(frozen=True)
class Term:
    """One loss term.

    Attributes:
        output: what of the network's outputs it judges.
        sums: output, target of the same shape, settings -> (K,) sums over a process's films.
        value: sums over all films, settings -> the loss, a scalar.
    """

    output: Literal["logits", "label", "distance"]
    sums: Callable[[Tensor, Tensor, Loss], Tensor]
    value: Callable[[Tensor, Loss], Tensor] = mean
