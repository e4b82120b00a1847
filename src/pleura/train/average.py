"""Exponential moving average of a network's weights."""

import copy

import torch
from torch import nn


class MovingAverage:
    """Keeps `network`, an averaged twin: w <- d w + (1 - d) new, d rising from .1 to `decay` over the first steps.

    Running statistics of batch norm are averaged likewise; whole-number buffers are copied.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the weights after one optimiser step."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        for kept, new in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.lerp_(new.to(kept.dtype), 1 - decay)
            else:
                kept.copy_(new)
