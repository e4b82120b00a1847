"""The head of a first model: a coarse map, and one number for the whole film."""

import torch
from torch import Tensor, nn
from torch.nn import functional

_WIDTH = 64
_CELL = 16
"""Pixels of the film for one of the map."""
_RARE = -4.0
"""Log odds that every pixel begins with: most of a film is no pneumothorax."""


class FirstHead(nn.Module):
    """(N, F, s, s) and (N, G, s / 2, s / 2) features -> logits (N, 1, s, s) of the map and (N,) of the label.

    The label is read from the mean and the maximum of the coarse features, and of what the map is read from.
    """

    def __init__(self, fine: int, coarse: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.fine_norm, self.coarse_norm = nn.BatchNorm2d(fine), nn.BatchNorm2d(coarse)
        self.fine, self.coarse = nn.Conv2d(fine, _WIDTH, 1), nn.Conv2d(coarse, _WIDTH, 1)
        self.join = nn.Sequential(
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1, bias=False), nn.BatchNorm2d(_WIDTH), nn.ReLU()
        )
        self.map = nn.Conv2d(_WIDTH, 1, 1)
        self.label = nn.Linear(2 * (coarse + _WIDTH), 1)
        nn.init.constant_(self.map.bias, _RARE)  # type: ignore[arg-type]

    def forward(self, fine: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        """Read both."""
        fine, coarse = self.fine_norm(fine), self.coarse_norm(coarse)
        deep = self.coarse(functional.dropout2d(coarse, self.dropout, self.training))
        near = self.fine(functional.dropout2d(fine, self.dropout, self.training))
        joined = self.join(functional.relu(near + functional.interpolate(deep, scale_factor=2.0, mode="nearest")))
        pooled = [coarse.mean((2, 3)), coarse.amax((2, 3)), joined.mean((2, 3)), joined.amax((2, 3))]
        seen = functional.dropout(torch.cat(pooled, dim=1), 0.5, self.training)
        outlined: Tensor = self.map(functional.dropout2d(joined, 0.1, self.training))
        label: Tensor = self.label(seen)
        return outlined, label.squeeze(1)


class AsModelFile(nn.Module):
    """The same, answering as a model file does: a map of the film's own side, and the label."""

    def __init__(self, head: FirstHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, fine: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        """The map in pixels of the film."""
        outlined, label = self.head(fine, coarse)
        wide = functional.interpolate(outlined, scale_factor=float(_CELL), mode="bilinear", align_corners=False)
        return wide, label
