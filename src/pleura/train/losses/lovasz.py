"""Lovasz hinge: the convex extension of the Jaccard loss to the errors of logits (arXiv 1705.08790)."""

import torch
from torch import Tensor
from torch.nn import functional

from pleura.core.recipe import Loss
from pleura.train.losses.term import Term, counted


def lovasz_sums(logits: Tensor, target: Tensor, _loss: Loss) -> Tensor:
    """Over films (N, 1, S, S): the hinge errors, largest first, each times what its pixel adds to the Jaccard loss.

    A target of a half or more is a pneumothorax. On a film without one the worst pixel alone counts.
    """
    scores, truth = logits.flatten(1), target.flatten(1) >= 0.5
    errors = 1 - torch.where(truth, scores, -scores)
    errors, order = errors.sort(dim=1, descending=True)
    return counted((functional.relu(errors) * _steps(truth.gather(1, order), errors.dtype)).sum(dim=1))


def _steps(truth: Tensor, kind: torch.dtype) -> Tensor:
    """By how much the Jaccard loss grows as one pixel after another, (N, P) bool, is taken for wrong.

    Written for each pixel by itself, as a difference of running losses would lose their last digits: a pixel of the
    mask leaves the intersection, i/u -> (i - 1)/u; any other joins the union, i/(u - 1) -> i/u.
    """
    taken = truth.to(kind).cumsum(dim=1)
    inside = truth.sum(dim=1, keepdim=True, dtype=kind)
    places = torch.arange(1, truth.shape[1] + 1, dtype=kind, device=truth.device)
    left, union = inside - taken, inside + places - taken
    joins = torch.where(union > 1, left / (union * (union - 1).clamp(min=1)), 1.0)
    return torch.where(truth, 1 / union, joins)


LOVASZ = Term("logits", lovasz_sums)
