"""Is air there: the image-level score, and the threshold it must exceed."""

import math

import numpy as np

from pleura.core.errors import DecisionError
from pleura.core.postprocess.grid import grid_pixels
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Maps, Pixels

_MIDDLE = 0.5
_OVER = math.nextafter(_MIDDLE, 1.0)


def presence_threshold(decision: DecisionSpec) -> float:
    """The value that the score must exceed for `present`."""
    if decision.rule == "threshold":
        return decision.bottom
    return _MIDDLE if decision.rule == "label_gated" else decision.top


def presence_score(maps: Maps, spec: InputSpec, decision: DecisionSpec) -> float:
    """The image-level score in [0, 1]: the rule with its threshold left open, so that the two never disagree.

    It is the n-th largest probability of the mask, n the presence area on the grid (1 under `threshold`): "at least
    n pixels exceed the threshold" and "this score exceeds the threshold" say the same. Under `label_gated` both
    scores are brought to one scale, on which either's own threshold is .5, and the smaller one counts.

    Raises:
        DecisionError: the rule `label_gated`, and no label was told.
    """
    nth = deciding_pixel(maps.mask, spec, decision)
    if decision.rule != "label_gated":
        return nth
    if maps.label is None:
        raise DecisionError(decision.rule, "label")
    return gated_score(maps.label, nth, decision)


def deciding_pixel(mask: Pixels, spec: InputSpec, decision: DecisionSpec) -> float:
    """The n-th largest of a mask's probabilities, (side, side), n the presence area on the grid."""
    return _nth_largest(mask, 1 if decision.rule == "threshold" else max(1, grid_pixels(decision.area, spec)))


def gated_score(label: float, nth: float, decision: DecisionSpec) -> float:
    """The score under `label_gated`, from the label's probability and the mask's n-th largest, all in [0, 1]."""
    return min(_centred(label, decision.label), _centred(nth, decision.top))


def _nth_largest(plane: Pixels, count: int) -> float:
    flat = plane.ravel()
    return float(np.partition(flat, flat.size - count)[flat.size - count])


def _centred(value: float, threshold: float) -> float:
    """Straight from 0 to .5 up to the threshold, and from there straight to 1; both in [0, 1]."""
    if value <= threshold:
        return _MIDDLE * value / threshold if threshold > 0 else _MIDDLE
    return max(_OVER, _MIDDLE + (1 - _MIDDLE) * (value - threshold) / (1 - threshold))
