"""From a network's outputs to the maps of a film, and several maps of one film to one."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.core.postprocess.grid import to_native
from pleura.core.spec import InputSpec
from pleura.core.types import Maps, Pixels

FAR = 1.0
"""The signed distance where nothing is: the farthest outside."""


def probabilities(logits: NDArray[np.float32]) -> Pixels:
    """Logistic function in float32, any shape; no overflow at either end."""
    mapped: Pixels = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
    return mapped


def film_maps(outputs: Mapping[str, NDArray[np.float32]]) -> list[Maps]:
    """What a network's outputs say of each of N films.

    Args:
        outputs: `logits`, (N, 1, side, side), and of its heads `label`, (N,) logits, and `distance`,
            (N, 1, side, side) in [-1, 1].
    """
    masks = probabilities(outputs["logits"])[:, 0]
    labels = probabilities(outputs["label"]) if "label" in outputs else None
    distances = outputs.get("distance")
    return [
        Maps(
            mask,
            None if labels is None else float(labels[film]),
            None if distances is None else distances[film, 0],
        )
        for film, mask in enumerate(masks)
    ]


def fold_flips(plain: Maps, mirrored: Maps) -> Maps:
    """Average the maps of a film with those of its mirror image, turned back first; both have the same heads."""
    label, distance = plain.label, plain.distance
    if label is not None and mirrored.label is not None:
        label = (label + mirrored.label) / 2
    if distance is not None and mirrored.distance is not None:
        distance = _folded(distance, mirrored.distance)
    return Maps(_folded(plain.mask, mirrored.mask), label, distance)


def average(several: Sequence[Maps], weights: Sequence[float]) -> Maps:
    """The mean of maps of one film on one grid, by weight; a head is averaged over the maps that have it."""
    distances = [(one.distance, weight) for one, weight in zip(several, weights, strict=True)]
    told = [(distance, weight) for distance, weight in distances if distance is not None]
    return Maps(
        mask=_mean([one.mask for one in several], weights),
        label=mean_label([one.label for one in several], weights),
        distance=_mean([distance for distance, _ in told], [weight for _, weight in told]) if told else None,
    )


def mean_label(labels: Sequence[float | None], weights: Sequence[float]) -> float | None:
    """The mean of the labels that were told, by weight; it never leaves [0, 1] by rounding. None where none was."""
    told = [(label, weight) for label, weight in zip(labels, weights, strict=True) if label is not None]
    if not told:
        return None
    mean = sum(label * weight for label, weight in told) / sum(weight for _, weight in told)
    return min(max(mean, 0.0), 1.0)


def lay_over(maps: Maps, side: int, spec: InputSpec) -> Maps:
    """Lay maps on a grid of their own over the whole film on a grid of `side`.

    Args:
        maps: on the grid that `spec` makes of the film.
        side: rows and columns of the other grid.
        spec: beyond its crop the mask is 0 and the distance 1.
    """
    if spec.side == side and spec.crop is None:
        return maps
    shape = (side, side)
    distance = None if maps.distance is None else to_native(maps.distance, shape, spec, outside=FAR)
    return Maps(to_native(maps.mask, shape, spec), maps.label, distance)


def _folded(plain: Pixels, mirrored: Pixels) -> Pixels:
    folded: Pixels = (plain + mirrored[:, ::-1]) * np.float32(0.5)
    return folded


def _mean(planes: Sequence[Pixels], weights: Sequence[float]) -> Pixels:
    """Weighted mean of (side, side) planes that never leaves their range by rounding."""
    if len(planes) == 1:
        return planes[0]
    total = sum(weights)
    mean = planes[0] * np.float32(weights[0] / total)
    for plane, weight in zip(planes[1:], weights[1:], strict=True):
        mean += plane * np.float32(weight / total)
    clipped: Pixels = np.clip(mean, -1, 1, out=mean)
    return clipped
