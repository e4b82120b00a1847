"""Averages of a network's weights: the moving one of every step, and the plain one of the last epochs."""

import copy
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim.swa_utils import get_ema_multi_avg_fn


class MovingAverage:
    """Keeps `network`, an averaged twin: w <- d w + (1 - d) new, d rising from .1 to `decay` over the first steps.

    Running statistics of batch norm are averaged likewise; whole-number buffers are copied.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the weights after one optimiser step."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        pairs = list(zip(self.network.state_dict().values(), network.state_dict().values(), strict=True))
        real = [pair for pair in pairs if pair[0].dtype.is_floating_point]
        average: Callable[..., None] = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]  # torch's own
        average([kept for kept, _ in real], [new for _, new in real], None)
        for kept, new in pairs:
            if not kept.dtype.is_floating_point:
                kept.copy_(new)


def mean_weights(states: Iterable[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of several states of one network (arXiv 1803.05407), taken in one by one.

    Whole numbers are the first's. Running statistics of batch norm are averaged too, but those of the averaged
    weights have to be measured.
    """
    mean: dict[str, Tensor] = {}
    for count, state in enumerate(states, 1):
        for name, value in state.items():
            if name not in mean:
                mean[name] = value.clone()
            elif value.dtype.is_floating_point:
                mean[name].lerp_(value, 1 / count)
    return mean


@torch.no_grad()
def measure_batch_norm(network: nn.Module, forward: Callable[[Tensor], object], batches: Iterable[Tensor]) -> None:
    """Measure the running statistics of batch norm anew: their plain mean over batches, nothing else training.

    Layers that a recipe has frozen, which stay in evaluation mode while the network trains, keep theirs.
    """
    network.train()
    layers = [layer for layer in network.modules() if isinstance(layer, _BatchNorm) and layer.training]
    network.eval()
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.train()
        layer.momentum = None
    for batch in batches:
        forward(batch)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    network.eval()
