"""Atrous spatial pyramid pooling: the deepest feature read at several scales at once (arXiv 1706.05587)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

ASPP_CHANNELS = 256
"""Of each branch and of the outcome, as in the paper."""


def _unit(channels: int, kernel: int, dilation: int = 1) -> nn.Sequential:
    """Convolution without bias, batch norm, ReLU; height and width stay."""
    padding = dilation * (kernel // 2)
    convolution = nn.Conv2d(channels, ASPP_CHANNELS, kernel, padding=padding, dilation=dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(ASPP_CHANNELS), nn.ReLU(inplace=True))


class Aspp(nn.Module):
    """(N, C, H, W) -> (N, ASPP_CHANNELS, H, W) from one branch a dilation and the mean over the film, then 1 x 1.

    Dilation 1 is a 1 x 1 convolution, as the paper has it; any other one a 3 x 3 convolution. The mean's branch has
    one value a film and channel, so that in training its batch norm needs two films or more.
    """

    def __init__(self, channels: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            _unit(channels, 1) if dilation == 1 else _unit(channels, 3, dilation) for dilation in dilations
        )
        self.whole = _unit(channels, 1)
        self.join = _unit(ASPP_CHANNELS * (len(dilations) + 1), 1)

    def forward(self, x: Tensor) -> Tensor:
        """Read at every scale and join."""
        whole = self.whole(x.mean((2, 3), keepdim=True)).expand(-1, -1, *x.shape[2:])
        joined: Tensor = self.join(torch.cat([*(branch(x) for branch in self.branches), whole], dim=1))
        return joined
