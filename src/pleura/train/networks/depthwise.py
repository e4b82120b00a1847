"""Depthwise convolutions in float32 inside a bfloat16 region."""

from types import MethodType

import torch
from torch import Tensor, nn


def keep_depthwise_in_float32(network: nn.Module) -> None:
    """Run depthwise convolutions in float32 inside a bfloat16 autocast region, those of later copies too.

    On a CPU their bfloat16 backward pass has no fast kernel: at 256 x 256 it alone took 45 % of a training step.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            # An instance's own, which keeps state keys; a bound method, which a copy binds to itself.
            setattr(module, "forward", MethodType(_in_float32, module))  # noqa: B010


def _in_float32(module: nn.Conv2d, x: Tensor) -> Tensor:
    with torch.autocast(x.device.type, enabled=False):
        result: Tensor = type(module).forward(module, x.float())
    return result.to(x.dtype)
