"""The network itself: encoder, what stands at its end, decoder, mask and the other heads, each a part by name."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from pleura.train.networks.heads import SideHeads
from pleura.train.networks.nested import NestedDecoder


@dataclass(frozen=True)
class Common:
    """What every network has, whatever its decoder.

    Attributes:
        encoder: films to a list of features, the film first and the deepest last.
        bottleneck: what the deepest feature passes before anything reads it.
        heads: those beside the mask.
        freeze_batch_norm: the encoder's batch norm keeps its statistics, scales and shifts as they came.
    """

    encoder: nn.Module
    bottleneck: nn.Module
    heads: SideHeads
    freeze_batch_norm: bool


class SegmentationNetwork(nn.Module, ABC):
    """(N, channels, S, S) standardised films -> what is said of them, by name; `logits` is (N, 1, S, S)."""

    def __init__(self, common: Common) -> None:
        super().__init__()
        self.encoder = common.encoder
        self.bottleneck = common.bottleneck
        self.heads = common.heads
        self.freeze_batch_norm = common.freeze_batch_norm
        self.encoder_stands_still = False
        self.freeze(encoder=False)

    def forward(self, films: Tensor) -> dict[str, Tensor]:
        """Run the network."""
        features = list(self.encoder(films))
        features[-1] = self.bottleneck(features[-1])
        masks, finest = self.masks(features)
        beside: dict[str, Tensor] = self.heads(features[-1], finest)
        return masks | beside

    @abstractmethod
    def masks(self, features: Sequence[Tensor]) -> tuple[dict[str, Tensor], Tensor]:
        """Mask logits by name, (N, 1, S, S) each, and the decoder's finest map, (N, _, s, s)."""

    def train(self, mode: bool = True) -> Self:
        """Go into training or evaluation; the encoder's batch norm stays in evaluation while it is frozen."""
        super().train(mode)
        if self.freeze_batch_norm or self.encoder_stands_still:
            for layer in _batch_norms(self.encoder):
                layer.eval()
        return self

    def freeze(self, *, encoder: bool) -> None:
        """Hold the encoder's weights and statistics, or let them learn, but for batch norm that the recipe froze."""
        self.encoder_stands_still = encoder
        self.encoder.requires_grad_(not encoder)
        if self.freeze_batch_norm:
            for layer in _batch_norms(self.encoder):
                layer.requires_grad_(False)
        for weight in self.encoder.parameters():
            if not weight.requires_grad:
                weight.grad = None  # or the optimiser would go on with that of the last step
        self.train(self.training)


class PlainNetwork(SegmentationNetwork):
    """A decoder that ends in one map, from which one head reads the mask."""

    def __init__(self, common: Common, decoder: nn.Module, segmentation_head: nn.Module) -> None:
        super().__init__(common)
        self.decoder = decoder
        self.segmentation_head = segmentation_head

    def masks(self, features: Sequence[Tensor]) -> tuple[dict[str, Tensor], Tensor]:
        """The mask and the map that it is read from."""
        finest = self.decoder(features)
        return {"logits": self.segmentation_head(finest)}, finest


class NestedNetwork(SegmentationNetwork):
    """A U-Net++ with a mask from every level, each read by a 1 x 1 convolution (arXiv 1912.05074).

    In training `logits` are the last level's, and `level1`, `level2` and so on those of the levels before it. In
    evaluation `logits` are the mean over all levels (the paper's accurate mode) or, with `prune_to`, those of that
    level alone (its fast mode): nothing beyond that level is computed then. A distance map is read from the map of
    that level, or of the last one, in training as well.
    """

    def __init__(self, common: Common, decoder: NestedDecoder, channels: int, prune_to: int | None) -> None:
        super().__init__(common)
        self.decoder = decoder
        self.segmentation_head = nn.ModuleList(nn.Conv2d(channels, 1, 1) for _ in range(decoder.levels))
        self.prune_to = prune_to

    def masks(self, features: Sequence[Tensor]) -> tuple[dict[str, Tensor], Tensor]:
        """The masks and the map that a distance is read from."""
        last = self.decoder.levels if self.prune_to is None else self.prune_to
        if self.training:
            maps = self.decoder(features, self.decoder.levels)
            *before, logits = [head(each) for head, each in zip(self.segmentation_head, maps, strict=True)]
            levels = {f"level{number}": each for number, each in enumerate(before, 1)}
            return {"logits": logits, **levels}, maps[last - 1]
        maps = self.decoder(features, last)
        if self.prune_to is not None:
            return {"logits": self.segmentation_head[last - 1](maps[-1])}, maps[-1]
        masks = [head(each) for head, each in zip(self.segmentation_head, maps, strict=True)]
        return {"logits": torch.stack(masks).mean(0)}, maps[-1]


def freeze_encoder(network: nn.Module, frozen: bool) -> None:
    """Let a network's encoder stand still, its batch norm too and through `network.train()`, or learn again."""
    if not isinstance(network, SegmentationNetwork):
        raise TypeError(f"{type(network).__name__} is no network of build_network's")
    network.freeze(encoder=frozen)


def _batch_norms(module: nn.Module) -> list[nn.Module]:
    return [layer for layer in module.modules() if isinstance(layer, _BatchNorm)]
