"""Depthwise convolutions in float32 inside a bfloat16 region."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def keep_depthwise_in_float32(network: nn.Module) -> None:
    """Run depthwise convolutions in float32 inside a bfloat16 autocast region.

    On a CPU their bfloat16 backward pass has no fast kernel: at 256 x 256 it alone took 45 % of a training step.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            setattr(module, "forward", _in_float32(module.forward))  # noqa: B010 - an instance's own, keeps state keys


def _in_float32(forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def run(x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            result = forward(x.float())
        return result.to(x.dtype)

    return run
