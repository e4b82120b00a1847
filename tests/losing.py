"""The value of one loss term, and films to take it of."""

import torch

from pleura.core.recipe import Loss
from pleura.train.losses import TERMS, Targets, total_loss


def lose(name, output, target, **settings):
    """The term `name` alone, of the output that it judges, (N, 1, S, S) or (N,)."""
    loss = Loss(**{name: 1.0}, **settings)
    bare = torch.zeros_like(output).reshape(len(output), -1)[:, :1, None, None]
    outputs = {"logits": bare} | {TERMS[name].output: output}
    targets = Targets(target, target) if TERMS[name].output == "label" else Targets(target, target.flatten(1).amax(1))
    return total_loss(outputs, targets, loss)[0]


def plane(*rows):
    """One film from its rows, (1, 1, S, S) float64."""
    return torch.tensor([[rows]], dtype=torch.float64)


def logit(probability):
    return torch.logit(torch.as_tensor(probability, dtype=torch.float64))


def drawn(films=3, side=8, seed=0):
    """Random logits and masks, (films, 1, side, side) float64; the last film has no pneumothorax."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(films, 1, side, side, generator=generator, dtype=torch.float64)
    target = (torch.rand(films, 1, side, side, generator=generator) < 0.3).double()
    target[-1] = 0
    return logits, target
