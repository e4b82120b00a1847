"""What a batch of films should come out as."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Targets:
    """What a batch of films should come out as: `mask` (N, 1, S, S) in [0, 1], `label` (N,) in [0, 1]."""

    mask: Tensor
    label: Tensor
