"""How the heads learn, and from which probabilities on they may speak."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pleura.core.gate import SetPoints
from pleura.train.gate.examples import Examples
from pleura.train.gate.network import GateHeads

_EPOCHS, _BATCH = 16, 256
_RATE, _DECAY = 2e-3, 0.05
_LABEL = 0.02
"""Smoothing of labels: without it probabilities crowd at 0 and 1, where no set point can part them."""
_PASSING = 0.003
"""Share of the true frontal films that may fall under the set point."""
_FALSE = {"turn": 0.002, "mirrored": 0.004, "inverted": 0.002}
"""Share of films hung as usual that may be called otherwise."""
_WRONG_VIEWS = 0.03


def learn(examples: Examples, seed: int) -> GateHeads:
    """Train heads; every source of pictures that are no frontal films weighs the same.

    The heads of view, turn, mirroring and inversion learn from frontal films alone.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    heads, weight = GateHeads(), _weights(examples)
    features = examples.features.float()
    heads.mean.copy_(features.mean(dim=(0, 2, 3))[None, :, None, None])
    heads.std.copy_(features.std(dim=(0, 2, 3))[None, :, None, None] + 1e-3)
    steps = _EPOCHS * -(-len(examples) // _BATCH)
    optimiser = torch.optim.AdamW(heads.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    heads.train()
    for _ in range(_EPOCHS):
        for at in torch.split(torch.randperm(len(examples), generator=generator), _BATCH):
            loss = _loss(heads(features[at]), examples, weight, at)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it bare
            optimiser.step()
            schedule.step()
    return heads.eval()


def _weights(examples: Examples) -> Tensor:
    """(N,) weights for the head `frontal`: both answers weigh the same, and so do the sources of the second."""
    weight = torch.ones(len(examples))
    frontal = examples.frontal.numpy()
    others = sorted(set(examples.source[~frontal]))
    for source in others:
        chosen = ~frontal & (examples.source == source)
        weight[torch.from_numpy(chosen)] = frontal.sum() / (len(others) * chosen.sum())
    return weight


def _loss(said: tuple[Tensor, ...], examples: Examples, weight: Tensor, at: Tensor) -> Tensor:
    frontal, pa, turn, mirrored, inverted = said
    real, known = examples.frontal[at], examples.view[at] >= 0
    loss = _binary(frontal, real, weight[at])
    if known.any():
        loss = loss + _binary(pa[known], examples.view[at][known])
    if real.any():
        loss = loss + functional.cross_entropy(turn[real], examples.turn[at][real], label_smoothing=_LABEL)
        loss = loss + _binary(mirrored[real], examples.mirrored[at][real])
        loss = loss + _binary(inverted[real], examples.inverted[at][real])
    return loss


def _binary(logits: Tensor, truth: Tensor, weight: Tensor | None = None) -> Tensor:
    target = truth.float() * (1 - _LABEL) + _LABEL / 2
    return functional.binary_cross_entropy_with_logits(logits, target, weight)


@torch.inference_mode()
def answers(heads: GateHeads, examples: Examples) -> dict[str, NDArray[np.float64]]:
    """Probabilities by head, (N,) each but `turn`, (N, 4), as `predict.gate` computes them."""
    frontal, pa, turn, mirrored, inverted = heads(examples.features.float())
    said = {"frontal": frontal, "pa": pa, "mirrored": mirrored, "inverted": inverted}
    found = {name: values.double().sigmoid().numpy() for name, values in said.items()}
    return {**found, "turn": turn.double().softmax(dim=1).numpy()}


def set_points(heads: GateHeads, usual: Examples) -> SetPoints:
    """Set points from frontal films hung as usual, none of which the heads learned from."""
    said = answers(heads, usual)
    view = usual.view.numpy()
    turned = said["turn"][:, 1:].max(axis=1)
    return SetPoints(
        frontal=_down(float(np.quantile(said["frontal"], _PASSING, method="lower"))),
        view=_least_sure(said["pa"][view >= 0], view[view >= 0] == 1),
        turn=_above(turned, _FALSE["turn"]),
        mirrored=_above(said["mirrored"], _FALSE["mirrored"]),
        inverted=_above(said["inverted"], _FALSE["inverted"]),
    )


def _down(value: float) -> float:
    """A little lower, on four digits, so that the film at the quantile passes whatever an engine rounds."""
    return max(math.floor(value * 1e4 - 1) / 1e4, 0.0)


def _above(values: NDArray[np.float64], share: float) -> float:
    """The least probability, 0.5 or above, that no more than `share` of the films reach."""
    return max(0.5, round(min(float(np.quantile(values, 1 - share, method="higher")) + 1e-3, 0.999), 4))


def _least_sure(pa: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """The least probability from which on no more than 3 % of either view's names are wrong."""
    for point in np.arange(0.5, 0.999, 0.005):
        wrong = [np.mean(truth[named] != is_pa) for is_pa, named in ((True, pa >= point), (False, pa <= 1 - point))
                 if named.any()]  # fmt: skip
        if max(wrong, default=0.0) <= _WRONG_VIEWS:
            return round(float(point), 4)
    return 0.999
