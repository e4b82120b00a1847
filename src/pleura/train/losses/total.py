"""The weighted sum of a recipe's loss terms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from pleura.core.recipe import Loss
from pleura.train.distance import signed_distances
from pleura.train.losses.cross_entropy import BCE, LABEL
from pleura.train.losses.dice import DICE
from pleura.train.losses.focal import FOCAL, LABEL_FOCAL
from pleura.train.losses.lovasz import LOVASZ
from pleura.train.losses.regression import DISTANCE
from pleura.train.losses.targets import Targets
from pleura.train.losses.term import Term
from pleura.train.losses.tversky import FOCAL_TVERSKY, TVERSKY
from pleura.train.world import pooled

TERMS: dict[str, Term] = {
    "bce": BCE,
    "dice": DICE,
    "focal": FOCAL,
    "tversky": TVERSKY,
    "focal_tversky": FOCAL_TVERSKY,
    "lovasz": LOVASZ,
    "distance": DISTANCE,
    "label": LABEL,
    "label_focal": LABEL_FOCAL,
}

_DEEP = "deep"
_LEVEL = "level"


def total_loss(
    outputs: dict[str, Tensor], targets: Targets, loss: Loss, pool: Callable[[Tensor], Tensor] = pooled
) -> tuple[Tensor, dict[str, Tensor]]:
    """The weighted sum of a recipe's terms and each term by name, detached; terms of weight 0 are left out.

    Half precision is computed in float32, float64 as it is, inside an autocast region too. Where the outputs hold
    the levels of a deeply supervised network (`level1`, ...), `deep` is the mean over them of what their masks
    lose, and counts `loss.deep` times.

    Args:
        outputs: what the network says, by name.
        targets: what it should say.
        loss: weights and settings.
        pool: makes sums over all processes of each one's own; `pooled` needs every process to call this at the same
            point, `alone` is for one that judges films by itself.
    """
    with torch.autocast(outputs["logits"].device.type, enabled=False):
        parts = list(_parts(outputs, targets, loss))
        sums = pool(torch.cat([part.sums for part in parts]))
        terms: dict[str, Tensor] = {}
        for part, its_sums in zip(parts, torch.split(sums, [len(part.sums) for part in parts]), strict=True):
            terms[part.name] = terms.get(part.name, 0) + part.share * part.term.value(its_sums, loss)
        total = torch.stack([getattr(loss, name) * value for name, value in terms.items()]).sum()
    return total, {name: value.detach() for name, value in terms.items()}


@dataclass(frozen=True)
class _Part:
    """One term of one output: `name` is the key of the recipe whose weight counts it, `share` its part in that."""

    name: str
    share: float
    term: Term
    sums: Tensor


def _parts(outputs: dict[str, Tensor], targets: Targets, loss: Loss) -> Iterator[_Part]:
    weighed = {name: term for name, term in TERMS.items() if getattr(loss, name) > 0}
    levels = [name for name in outputs if name.startswith(_LEVEL)] if loss.deep > 0 else []
    for name, term in weighed.items():
        target = _target(targets, term.output)
        yield _Part(name, 1.0, term, _sums(term, outputs[term.output], target, loss))
        for level in levels if term.output == "logits" else ():
            yield _Part(_DEEP, getattr(loss, name) / len(levels), term, _sums(term, outputs[level], target, loss))


def _sums(term: Term, output: Tensor, target: Tensor, loss: Loss) -> Tensor:
    wide = torch.promote_types(output.dtype, torch.float32)
    return term.sums(output.to(wide), target.to(wide), loss)


def _target(targets: Targets, output: str) -> Tensor:
    if output == "distance":
        return signed_distances(targets.mask)
    return targets.label if output == "label" else targets.mask
