"""The decisions that `pleura tune` tries, as axes of a grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import RecipeError
from pleura.core.postprocess import grid_pixels
from pleura.core.recipe import GridName
from pleura.core.spec import REFERENCE_SIDE, DecisionSpec, InputSpec, Rule

Place = tuple[int, int, int, int, int]
"""A place on the grid: one index for each of `Candidates.axes`."""

_ROQUE_SIDE = 512
_UNUSED = 0.5
_ENDS = {"label": 0.0, "area": 1, "removal": 0}
"""Where an axis ends by itself: no label is below 0, no presence area below one pixel, no removal below none."""


@dataclass(frozen=True)
class Candidates:
    """Every combination of five ascending axes; areas are in pixels of a 1024 film, as in `DecisionSpec`.

    `levels` are what the outline is cut at: `cut` under the rule `distance`, else `bottom`, which is `top` as well
    under `doublet`. An axis that the rule does not use holds one value.
    """

    rule: Rule
    tops: tuple[float, ...]
    areas: tuple[int, ...]
    levels: tuple[float, ...]
    removals: tuple[int, ...]
    labels: tuple[float, ...] = (_UNUSED,)

    @property
    def level(self) -> str:
        """What `DecisionSpec` calls the axis of levels."""
        return "cut" if self.rule == "distance" else "bottom"

    @property
    def axes(self) -> dict[str, tuple[float, ...]]:
        """The values of each axis, by the names of `DecisionSpec` and in the order of `shape`."""
        return {
            "label": self.labels,
            "top": self.tops,
            "area": self.areas,
            self.level: self.levels,
            "removal": self.removals,
        }

    @property
    def shape(self) -> Place:
        """Length of each axis."""
        return len(self.labels), len(self.tops), len(self.areas), len(self.levels), len(self.removals)

    def possible(self) -> NDArray[np.bool_]:
        """(1, tops, 1, levels, 1): whether the outline is at least as wide as what makes a film positive."""
        if self.rule not in ("triplet", "label_gated"):
            return np.ones((1, len(self.tops), 1, len(self.levels), 1), dtype=np.bool_)
        fits = np.array(self.tops)[:, None] >= np.array(self.levels)[None, :]
        return fits[None, :, None, :, None]

    def decision(self, place: Place, own: DecisionSpec) -> DecisionSpec:
        """The decision at one place of the grid, on maps made with the augmentation of another decision."""
        chosen = {name: values[index] for (name, values), index in zip(self.axes.items(), place, strict=True)}
        if self.rule == "doublet":
            chosen["top"] = chosen["bottom"]
        return DecisionSpec.model_validate({"rule": self.rule, **chosen, "tta": own.tta, "scales": own.scales})

    def edges(self, place: Place) -> tuple[str, ...]:
        """Axes on which a place lies at an end of the grid that is no end of the scale.

        Beyond such an end a better decision may lie that was never tried.
        """
        found = []
        for (name, values), index in zip(self.axes.items(), place, strict=True):
            at_low = index == 0 and values[0] != _ENDS.get(name)
            if len(values) > 1 and (at_low or index == len(values) - 1):
                found.append(name)
        return tuple(found)


def candidates(name: GridName, rule: Rule, spec: InputSpec) -> Candidates:
    """The grid of that name under a rule, for a model with that input.

    `fine` is for every rule. `roque2025` is that paper's own: the binary threshold from .05 to .50 in ten steps and
    the removal area 0, 256, ... 4096 px at 512 x 512 (arXiv 2509.03950, code).

    Raises:
        RecipeError: `roque2025` under another rule than `threshold`.
    """
    if name == "roque2025":
        if rule != "threshold":
            reason = f"the grid roque2025 has thresholds and removal areas only, no axis more for the rule {rule}"
            raise RecipeError("tuning", reason, "Take the grid fine, or the rule threshold.")
        enlarged = (REFERENCE_SIDE // _ROQUE_SIDE) ** 2
        removals = tuple(enlarged * area for area in (0, 256, 512, 1024, 2048, 4096))
        return Candidates(rule, (_UNUSED,), (1,), _steps(0.05, 0.50, 0.05), removals)
    return _fine(rule, spec)


def _fine(rule: Rule, spec: InputSpec) -> Candidates:
    tops, low = _steps(0.02, 0.98, 0.01), (0.005, *_steps(0.01, 0.10, 0.01))
    areas = _distinct((1, 100, 200, 400, 600, 800, 1000, 1500, 2000, 3000, 4500, 6000), spec)
    bottoms = (*low, *_steps(0.12, 0.80, 0.02))
    removals = _distinct((0, 100, 250, 500, 1000, 2000), spec)
    match rule:
        case "threshold":
            return Candidates(rule, (_UNUSED,), (1,), (*low, *_steps(0.12, 0.98, 0.02)), removals)
        case "doublet":
            return Candidates(rule, (_UNUSED,), areas, (*low, *_steps(0.12, 0.98, 0.02)), removals)
        case "triplet":
            return Candidates(rule, tops, areas, bottoms, removals)
        case "label_gated":
            # A further axis is paid for with the step of another.
            return Candidates(rule, _steps(0.02, 0.98, 0.02), areas, bottoms, removals, _steps(0.0, 0.95, 0.05))
        case "distance":
            return Candidates(rule, tops, areas, _steps(-0.5, 0.3, 0.02), removals)


def _steps(first: float, last: float, step: float) -> tuple[float, ...]:
    return tuple(round(first + step * index, 4) for index in range(round((last - first) / step) + 1))


def _distinct(areas: tuple[int, ...], spec: InputSpec) -> tuple[int, ...]:
    """Areas that differ on the network's grid: on a coarse one the smallest are all one pixel or none."""
    kept: dict[int, int] = {}
    for area in areas:
        kept.setdefault(max(grid_pixels(area, spec), min(area, 1)), area)
    return tuple(kept.values())
