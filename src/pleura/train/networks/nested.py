"""The nested decoder of U-Net++ whose every level has a mask of its own (arXiv 1912.05074)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812 - as all of torch's users write it
from segmentation_models_pytorch.base.modules import Conv2dReLU
from torch import Tensor, nn


class Node(nn.Module):
    """X(i, j): what stands below, doubled in size, beside all that stands before it in its row; two convolutions."""

    def __init__(self, below: int, before: int, channels: int, upsampling: str) -> None:
        super().__init__()
        self.upsampling = upsampling
        self.attention1: nn.Module = nn.Identity()
        self.conv1 = Conv2dReLU(below + before, channels, 3, padding=1)
        self.conv2 = Conv2dReLU(channels, channels, 3, padding=1)
        self.attention2: nn.Module = nn.Identity()

    def forward(self, below: Tensor, before: Sequence[Tensor]) -> Tensor:
        """(N, below, H, W) and (N, _, 2H, 2W) each -> (N, channels, 2H, 2W)."""
        x = torch.cat([F.interpolate(below, scale_factor=2.0, mode=self.upsampling), *before], dim=1)
        doubled: Tensor = self.attention2(self.conv2(self.conv1(self.attention1(x))))
        return doubled


class NestedDecoder(nn.Module):
    """Encoder features -> a map of the film's size from each level, (N, channels[-1], S, S), coarsest level first.

    Row i has 1 / 2^i of the film's side; its first node is the encoder's feature. Row 0 has none: the film itself
    goes straight to the encoder. Level L ends in X(0, L) and takes the nodes with i + j <= L alone, so that it
    needs neither the other nodes nor the encoder's stages beyond row L.

    Args:
        encoder: channels of the encoder's features, the film's first.
        channels: of the nodes of a row, the coarsest row's first.
        upsampling: `nearest` or `bilinear`.
    """

    def __init__(self, encoder: Sequence[int], channels: Sequence[int], upsampling: str) -> None:
        super().__init__()
        self.levels = len(channels)
        width = channels[::-1]
        first = (0, *encoder[1:])
        self.nodes = nn.ModuleDict()
        for row in range(self.levels):
            for column in range(1, self.levels - row + 1):
                below = encoder[row + 1] if column == 1 else width[row + 1]
                before = first[row] + (column - 1) * width[row]
                self.nodes[f"x_{row}_{column}"] = Node(below, before, width[row], upsampling)

    def forward(self, features: Sequence[Tensor], levels: int) -> list[Tensor]:
        """The maps of the first so many levels."""
        rows: list[list[Tensor]] = [[], *([feature] for feature in features[1 : levels + 1])]
        for column in range(1, levels + 1):
            for row in range(levels - column + 1):
                node = self.nodes[f"x_{row}_{column}"]
                rows[row].append(node(rows[row + 1][column - 1], rows[row]))
        return rows[0]
