"""The decisions that `pleura tune` tries, as axes of a grid."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pleura.core.postprocess import grid_pixels
from pleura.core.recipe import GridName
from pleura.core.spec import REFERENCE_SIDE, DecisionSpec, InputSpec

AXES = ("top", "area", "bottom", "removal")

_ROQUE_SIDE = 512


@dataclass(frozen=True)
class Candidates:
    """Every combination of four ascending axes; areas are in pixels of a 1024 film, as in `DecisionSpec`.

    Under the rule `threshold`, `tops` and `areas` hold one value each, which is not used.
    """

    rule: Literal["threshold", "triplet"]
    tops: tuple[float, ...]
    areas: tuple[int, ...]
    bottoms: tuple[float, ...]
    removals: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Length of each axis, in the order of `AXES`."""
        return len(self.tops), len(self.areas), len(self.bottoms), len(self.removals)

    def possible(self) -> NDArray[np.bool_]:
        """(tops, 1, bottoms, 1): whether the outline is at least as wide as what makes a film positive."""
        if self.rule == "threshold":
            return np.ones((1, 1, len(self.bottoms), 1), dtype=np.bool_)
        fits = np.array(self.tops)[:, None] >= np.array(self.bottoms)[None, :]
        return fits[:, None, :, None]

    def decision(self, place: tuple[int, int, int, int], tta: Literal["none", "flip"]) -> DecisionSpec:
        """The decision at one place of the grid."""
        top, area, bottom, removal = place
        return DecisionSpec(
            rule=self.rule,
            top=self.tops[top],
            area=self.areas[area],
            bottom=self.bottoms[bottom],
            removal=self.removals[removal],
            tta=tta,
        )

    def edges(self, place: tuple[int, int, int, int]) -> tuple[str, ...]:
        """Axes on which a place lies at an end of the grid that is no end of the scale.

        Beyond such an end a better decision may lie that was never tried. Nothing lies beyond removal 0 or
        presence area 1.
        """
        axes = (self.tops, self.areas, self.bottoms, self.removals)
        found = []
        for name, values, index in zip(AXES, axes, place, strict=True):
            natural = {"area": 1, "removal": 0}.get(name)
            at_low = index == 0 and values[0] != natural
            if len(values) > 1 and (at_low or index == len(values) - 1):
                found.append(name)
        return tuple(found)


def candidates(name: GridName, spec: InputSpec) -> Candidates:
    """The grid of that name, for a model with that input.

    `fine` looks for a triplet rule. `roque2025` is that paper's own: the binary threshold from .05 to .50 in ten
    steps and the removal area 0, 256, ... 4096 px at 512 x 512 (arXiv 2509.03950, code).
    """
    if name == "roque2025":
        enlarged = (REFERENCE_SIDE // _ROQUE_SIDE) ** 2
        removals = tuple(enlarged * area for area in (0, 256, 512, 1024, 2048, 4096))
        return Candidates("threshold", (0.5,), (1,), _steps(0.05, 0.50, 0.05), removals)
    return Candidates(
        rule="triplet",
        tops=_steps(0.02, 0.98, 0.01),
        areas=_distinct((1, 100, 200, 400, 600, 800, 1000, 1500, 2000, 3000, 4500, 6000), spec),
        bottoms=(0.005, *_steps(0.01, 0.10, 0.01), *_steps(0.12, 0.80, 0.02)),
        removals=_distinct((0, 100, 250, 500, 1000, 2000), spec),
    )


def _steps(first: float, last: float, step: float) -> tuple[float, ...]:
    return tuple(round(first + step * index, 4) for index in range(round((last - first) / step) + 1))


def _distinct(areas: tuple[int, ...], spec: InputSpec) -> tuple[int, ...]:
    """Areas that differ on the network's grid: on a coarse one the smallest are all one pixel or none."""
    kept: dict[int, int] = {}
    for area in areas:
        kept.setdefault(max(grid_pixels(area, spec), min(area, 1)), area)
    return tuple(kept.values())
