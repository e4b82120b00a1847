"""From the maps of a film to a yes or no and an outline."""

from dataclasses import dataclass

import numpy as np

from pleura.core.errors import DecisionError
from pleura.core.postprocess.grid import drop_small, grid_pixels, to_native
from pleura.core.postprocess.maps import FAR
from pleura.core.postprocess.presence import presence_score, presence_threshold
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Maps, Mask, Pixels

_JUST_UNDER = 1e-5
"""Resampling rounds, so that a value at the threshold itself comes out above it here and there."""


@dataclass(frozen=True)
class Verdict:
    """A decision on one film: presence, its score, and the mask with the mask probabilities, both (H, W)."""

    present: bool
    score: float
    mask: Mask
    probabilities: Pixels


@dataclass(frozen=True)
class Relief:
    """What an outline is cut from: inside is where `heights`, (side, side), exceed `level`; `outside` the crop."""

    heights: Pixels
    level: float
    outside: float


def decide(maps: Maps, shape: tuple[int, int], spec: InputSpec, decision: DecisionSpec) -> Verdict:
    """Decide on one film from its maps on the network's grid.

    Args:
        maps: on a (side, side) grid.
        shape: rows and columns of the film.
        spec: how the film became the grid.
        decision: the rule with its thresholds and areas.

    Raises:
        DecisionError: the rule needs a head that the maps do not have.
    """
    verdict = decide_grid(maps, spec, decision)
    native = to_native(maps.mask, shape, spec)
    if not verdict.present:
        return Verdict(False, verdict.score, np.zeros(shape, dtype=np.bool_), native)
    mask = native_outline(relief_of(maps, decision), verdict.mask, shape, spec)
    return Verdict(True, verdict.score, mask, native)


def decide_grid(maps: Maps, spec: InputSpec, decision: DecisionSpec) -> Verdict:
    """Decide on the network's own grid, (side, side): what `decide` does before it goes back to native size.

    Raises:
        DecisionError: the rule needs a head that the maps do not have.
    """
    score, threshold = presence_score(maps, spec, decision), presence_threshold(decision)
    relief = relief_of(maps, decision)
    if score > threshold:
        kept = drop_small(relief.heights > relief.level, grid_pixels(decision.removal, spec))
        if kept.any():
            return Verdict(True, score, kept, maps.mask)
    return Verdict(False, min(score, threshold), np.zeros(maps.mask.shape, dtype=np.bool_), maps.mask)


def relief_of(maps: Maps, decision: DecisionSpec) -> Relief:
    """The surface that the outline is cut from: the mask's probabilities, or under `distance` minus that map.

    Raises:
        DecisionError: the rule needs a distance and the maps have none.
    """
    if decision.rule != "distance":
        return Relief(maps.mask, decision.bottom, 0.0)
    if maps.distance is None:
        raise DecisionError(decision.rule, "distance")
    return Relief(-maps.distance, -decision.cut, -FAR)


def native_outline(relief: Relief, kept: Mask, shape: tuple[int, int], spec: InputSpec) -> Mask:
    """Cut the native outline of the kept parts.

    Dropped parts are pressed just under the level and everything else keeps its value, so that the outline
    between grid pixels stays where the map puts it. Of kept parts too small for the film's own pixels the highest
    one is left, so that a film with a pneumothorax never has an empty mask.
    """
    dropped = (relief.heights > relief.level) & ~kept
    pressed = np.where(dropped, np.float32(relief.level - _JUST_UNDER), relief.heights)
    native = to_native(pressed, shape, spec, relief.outside)
    mask: Mask = native > relief.level
    if mask.any():
        return mask
    # A dropped part, pressed but large, may stand higher here than a kept one that the film's pixels dilute.
    alone = to_native(np.where(kept, relief.heights, np.float32(relief.outside)), shape, spec, relief.outside)
    highest: Mask = alone >= alone.max()
    return highest
