"""Variants of pictures as features: the encoder is fixed, so that each is seen by it once and then learned from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pleura.core.preprocess import to_input
from pleura.core.spec import Contrast, InputSpec
from pleura.core.types import View
from pleura.train.gate.network import GateEncoder
from pleura.train.gate.variants import Variant

GATE_INPUT = InputSpec(side=128, channels=1, contrast=Contrast(kind="percentile"), mean=(0.5,), std=(0.5,))
"""What the gate sees: greys are spread by percentile, since a foreign picture may fill any part of its range."""

_BATCH = 64
_VIEWS = {View.PA: 1, View.AP: 0, View.UNKNOWN: -1}


@dataclass(frozen=True, eq=False)
class Examples:
    """What the heads learn from, N of them.

    Attributes:
        features: (N, 112, 4, 4) float16.
        source: (N,) names.
        group: (N,) names of groups that must not be parted between learning and judging.
        frontal: (N,) bool.
        view: (N,) 1 for PA, 0 for AP, -1 where unknown.
        turn: (N,) index into `TURNS`.
        mirrored: (N,) bool.
        inverted: (N,) bool.
    """

    features: Tensor
    source: NDArray[np.str_]
    group: NDArray[np.str_]
    frontal: Tensor
    view: Tensor
    turn: Tensor
    mirrored: Tensor
    inverted: Tensor

    def __len__(self) -> int:
        return len(self.source)

    def where(self, chosen: NDArray[np.bool_]) -> "Examples":
        """Those of which `chosen`, (N,), is true."""
        at = torch.from_numpy(np.flatnonzero(chosen))
        return Examples(
            self.features[at],
            self.source[chosen],
            self.group[chosen],
            *(values[at] for values in (self.frontal, self.view, self.turn, self.mirrored, self.inverted)),
        )


@torch.inference_mode()
def embed(variants: Iterator[Variant], encoder: GateEncoder) -> Examples:
    """Show every variant to the encoder; pictures themselves are not kept."""
    features, seen = [], []
    for batch in _batches(variants):
        films = np.stack([to_input(variant.pixels, None, GATE_INPUT) for variant in batch])
        features.append(encoder(torch.from_numpy(films).to(memory_format=torch.channels_last)).half())
        seen += [
            (one.source, one.group, one.frontal, _VIEWS[one.view], one.turn, one.mirrored, one.inverted)
            for one in batch
        ]
    source, group, *labels = zip(*seen, strict=True)
    frontal, view, turn, mirrored, inverted = (torch.tensor(values) for values in labels)
    return Examples(torch.cat(features), np.array(source), np.array(group), frontal, view, turn, mirrored, inverted)


def _batches(variants: Iterator[Variant]) -> Iterator[Sequence[Variant]]:
    pending: list[Variant] = []
    for variant in variants:
        pending.append(variant)
        if len(pending) == _BATCH:
            yield pending
            pending = []
    if pending:
        yield pending
