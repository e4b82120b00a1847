"""What reads an image label and a distance map from a network's features, beside its mask."""

from segmentation_models_pytorch.base import SegmentationHead
from torch import Tensor, nn


class LabelHead(nn.Module):
    """(N, channels, h, w) -> (N,) logits of "a pneumothorax is there", from the mean over the film."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(channels, 1)

    def forward(self, bottleneck: Tensor) -> Tensor:
        """Read the label."""
        logits: Tensor = self.linear(bottleneck.mean((2, 3)))
        return logits.squeeze(1)


class DistanceHead(nn.Module):
    """(N, channels, s, s) -> (N, 1, S, S) signed distance map in [-1, 1], negative inside."""

    def __init__(self, channels: int, upsampling: int) -> None:
        super().__init__()
        self.read = SegmentationHead(channels, 1, kernel_size=3, activation="tanh", upsampling=upsampling)

    def forward(self, finest: Tensor) -> Tensor:
        """Read the map."""
        distance: Tensor = self.read(finest)
        return distance


class SideHeads(nn.Module):
    """The heads that a network has beside its mask, by name, in the order of a model file's outputs."""

    def __init__(self, label: LabelHead | None, distance: DistanceHead | None) -> None:
        super().__init__()
        self.label = label
        self.distance = distance

    def forward(self, bottleneck: Tensor, finest: Tensor) -> dict[str, Tensor]:
        """Read `label` from the deepest feature and `distance` from the decoder's finest map, where there is one."""
        said: dict[str, Tensor] = {}
        if self.label is not None:
            said["label"] = self.label(bottleneck)
        if self.distance is not None:
            said["distance"] = self.distance(finest)
        return said
