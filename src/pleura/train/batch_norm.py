"""Batch norm whose statistics are those of the whole batch, wherever its films are.

torch's SyncBatchNorm refuses tensors on a CPU, so that two processes there could not be held against one. This one
runs on both and agrees with a single process to rounding. It is written in tensor operations, not fused kernels.
"""

from typing import Any

import torch
from torch import Tensor, nn

from pleura.train.world import here, pooled

_AXES = (0, 2, 3)


class PooledBatchNorm(nn.BatchNorm2d):
    """Batch norm of (N, C, H, W) over all processes, with the `drop` and `act` that timm's has behind it.

    Its keys in a state are those of the batch norm it stands for.
    """

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        """Take over weights, statistics and settings of `norm`; the tensors are the same ones, not copies."""
        super().__init__(norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats)
        self.weight, self.bias = norm.weight, norm.bias
        self.running_mean, self.running_var = norm.running_mean, norm.running_var
        self.num_batches_tracked = norm.num_batches_tracked
        self.drop: nn.Module = getattr(norm, "drop", nn.Identity())
        self.act: nn.Module = getattr(norm, "act", nn.Identity())
        self.train(norm.training)

    def forward(self, films: Tensor) -> Tensor:
        """Normalise by the statistics of the batch in training, by the running ones otherwise."""
        if self.training and here().size > 1:
            normalised, mean, variance, count = _Normalise.apply(films, self.eps)
            self._remember(mean, variance * (count / (count - 1)))
            if self.weight is not None:
                normalised = torch.addcmul(_channels(self.bias), normalised, _channels(self.weight))
            result: Tensor = normalised.to(films.dtype)
        else:
            result = super().forward(films)
        result = self.act(self.drop(result))
        return result

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), share)
        self.running_var.lerp_(variance.to(self.running_var.dtype), share)


def pool_batch_norm(network: nn.Module) -> None:
    """Replace every batch norm inside a network, in place; in one process nothing is changed.

    Call it before an optimiser or a moving average is made of the network. One that is kept frozen by being left in
    evaluation uses its running statistics as before.
    """
    if here().size == 1:
        return
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(network, name, PooledBatchNorm(child))
        else:
            pool_batch_norm(child)


def _channels(values: Tensor) -> Tensor:
    return values.view(1, -1, 1, 1)


class _Normalise(torch.autograd.Function):
    """(x - mean) / deviation over all processes' films, with the slope written out.

    Autograd would keep four more tensors of the films' size. The mean comes first and the variance from what is left,
    as a difference of squares would lose digits. Statistics have no slope of their own.
    """

    @staticmethod
    def forward(context: Any, films: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # noqa: ANN401
        wide = films.to(torch.promote_types(films.dtype, torch.float32))
        count = wide.new_full((1,), wide.numel() / wide.shape[1])
        level, total = torch.split(pooled(torch.cat((wide.sum(dim=_AXES), count))), [wide.shape[1], 1])
        mean = level / total
        centred = wide - _channels(mean)
        variance = pooled(centred.square().sum(dim=_AXES)) / total
        scale = torch.rsqrt(variance + eps)
        normalised = centred * _channels(scale)
        context.save_for_backward(normalised, scale, total)
        context.mark_non_differentiable(mean, variance, total)
        context.kind = films.dtype
        return normalised, mean, variance, total

    @staticmethod
    def backward(context: Any, slope: Tensor, *_statistics: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        normalised, scale, total = context.saved_tensors
        sums = torch.cat((slope.sum(dim=_AXES), (slope * normalised).sum(dim=_AXES)))
        level, tilt = (pooled(sums) / total).chunk(2)
        result = (slope - _channels(level) - normalised * _channels(tilt)) * _channels(scale)
        return result.to(context.kind), None
