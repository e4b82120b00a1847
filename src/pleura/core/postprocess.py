"""The one way from a network's logits to a decision and a native-size outline."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.geometry import crop_window
from pleura.core.spec import REFERENCE_SIDE, DecisionSpec, InputSpec
from pleura.core.types import Mask, Pixels

_JUST_UNDER = 1 - 1e-5
"""Resampling rounds, so that a value at the threshold itself comes out above it here and there."""


@dataclass(frozen=True)
class Verdict:
    """A decision on one film: presence, its score, and the mask with the map it was cut from, both (H, W)."""

    present: bool
    probability: float
    mask: Mask
    probabilities: Pixels


def probabilities(logits: NDArray[np.float32]) -> Pixels:
    """Logistic function in float32, any shape; no overflow at either end."""
    mapped: Pixels = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
    return mapped


def fold_flips(plain: Pixels, mirrored: Pixels) -> Pixels:
    """Average a map with that of the mirrored film, both (..., side, side), turned back first."""
    averaged: Pixels = (plain + mirrored[..., ::-1]) * np.float32(0.5)
    return averaged


def decide(grid: Pixels, shape: tuple[int, int], spec: InputSpec, decision: DecisionSpec) -> Verdict:
    """Decide on one film from its probability map on the network's grid.

    Args:
        grid: (side, side) probabilities.
        shape: rows and columns of the film.
        spec: how the film became the grid.
        decision: thresholds and areas.
    """
    verdict = decide_grid(grid, spec, decision)
    native = to_native(grid, shape, spec)
    if not verdict.present:
        return Verdict(False, verdict.probability, np.zeros(shape, dtype=np.bool_), native)
    mask = _outline(grid, verdict.mask, shape, spec, decision.bottom)
    return Verdict(True, verdict.probability, mask, native)


def decide_grid(grid: Pixels, spec: InputSpec, decision: DecisionSpec) -> Verdict:
    """Decide on the network's own grid, (side, side): what `decide` does before it goes back to native size."""
    score = presence_score(grid, spec, decision)
    empty = np.zeros(grid.shape, dtype=np.bool_)
    if decision.rule == "triplet" and not score > decision.top:
        return Verdict(False, score, empty, grid)
    kept = drop_small(grid > decision.bottom, grid_pixels(decision.removal, spec))
    if not kept.any():
        return Verdict(False, min(score, presence_threshold(decision)), empty, grid)
    return Verdict(True, score, kept, grid)


def presence_threshold(decision: DecisionSpec) -> float:
    """The value that `probability` must exceed for `present`."""
    return decision.top if decision.rule == "triplet" else decision.bottom


def presence_score(grid: Pixels, spec: InputSpec, decision: DecisionSpec) -> float:
    """The image-level score in [0, 1]: the n-th largest probability, n the presence area on the grid.

    "At least n pixels exceed the threshold" and "this score exceeds the threshold" say the same, so the score
    is the triplet rule with its threshold left open, and the decision never contradicts it.
    """
    count = max(1, grid_pixels(decision.area, spec)) if decision.rule == "triplet" else 1
    flat = grid.ravel()
    return float(np.partition(flat, flat.size - count)[flat.size - count])


def grid_pixels(area: int, spec: InputSpec) -> int:
    """An area in pixels of a 1024 x 1024 film, in pixels of the network's grid."""
    seen = crop_window((REFERENCE_SIDE, REFERENCE_SIDE), spec.crop).shape
    return min(round(area * spec.side**2 / (seen[0] * seen[1])), spec.side**2)


def drop_small(mask: Mask, least: int) -> Mask:
    """Drop 8-connected parts of a mask, (H, W), that have fewer than `least` pixels."""
    if least <= 1 or not mask.any():
        return mask
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= least
    keep[0] = False
    kept: Mask = keep[labels]
    return kept


def to_native(grid: Pixels, shape: tuple[int, int], spec: InputSpec) -> Pixels:
    """Lay a map on the network's grid, (side, side), back over a film of `shape`; 0 outside the crop."""
    window = crop_window(shape, spec.crop)
    height, width = window.shape
    method = cv2.INTER_LINEAR if max(height, width) >= spec.side else cv2.INTER_AREA
    part = cv2.resize(grid, (width, height), interpolation=method).astype(np.float32, copy=False)
    if window.shape == shape:
        return part
    native = np.zeros(shape, dtype=np.float32)
    native[window.top : window.bottom, window.left : window.right] = part
    return native


def _outline(grid: Pixels, kept: Mask, shape: tuple[int, int], spec: InputSpec, bottom: float) -> Mask:
    """Cut the native outline of the kept parts.

    Dropped parts are pressed just under the threshold and everything else keeps its value, so that the outline
    between grid pixels stays where the map puts it. Parts too small for the film's own pixels leave their highest
    one, so that a film with a pneumothorax never has an empty mask.
    """
    pressed = np.where((grid > bottom) & ~kept, np.float32(bottom * _JUST_UNDER), grid)
    native = to_native(pressed, shape, spec)
    mask: Mask = native > bottom
    return mask if mask.any() else native >= native.max()
