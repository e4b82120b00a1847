"""Attention in the decoder by channel, then by place: CBAM (arXiv 1807.06521)."""

import torch
from torch import Tensor, nn

_REDUCTION = 16
_WINDOW = 7


class ChannelGate(nn.Module):
    """(N, C, H, W) -> the same, each channel times a gate in (0, 1) read from all channels' means and maxima."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(channels // _REDUCTION, 1)
        self.narrow = nn.Conv2d(channels, hidden, 1)
        self.widen = nn.Conv2d(hidden, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the channels."""
        mean, most = x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        return x * torch.sigmoid(self._read(mean) + self._read(most))

    def _read(self, pooled: Tensor) -> Tensor:
        weighed: Tensor = self.widen(torch.relu(self.narrow(pooled)))
        return weighed


class SpatialGate(nn.Module):
    """(N, C, H, W) -> the same, each place times a gate in (0, 1) read from mean and maximum over the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.window = nn.Conv2d(2, 1, _WINDOW, padding=_WINDOW // 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the places."""
        pooled = torch.cat((x.mean(1, keepdim=True), x.amax(1, keepdim=True)), dim=1)
        return x * torch.sigmoid(self.window(pooled))


class Cbam(nn.Sequential):
    """The channel gate, then the spatial one, in the order that the paper found better."""

    def __init__(self, channels: int) -> None:
        super().__init__(ChannelGate(channels), SpatialGate())
