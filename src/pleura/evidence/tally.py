"""What every candidate decision would say of a film, counted once so that any set of films is searched at once."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.postprocess import decide, grid_pixels, presence_score, to_native
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Maps, Mask
from pleura.evidence.candidates import Candidates


@dataclass(frozen=True)
class FilmTally:
    """One film under every candidate, in native pixels.

    Attributes:
        common: (bottoms, removals) pixels that the outline shares with the truth.
        outlined: (bottoms, removals) pixels of the outline.
        scores: (areas,) the image-level score for each presence area.
        true: pixels of the truth.
        pixels: of the film.
    """

    common: NDArray[np.int64]
    outlined: NDArray[np.int64]
    scores: NDArray[np.float64]
    true: int
    pixels: int


@dataclass(frozen=True)
class Tally:
    """N films under every candidate: the arrays of `FilmTally` with a first axis of films."""

    common: NDArray[np.int64]
    outlined: NDArray[np.int64]
    scores: NDArray[np.float64]
    true: NDArray[np.int64]
    pixels: NDArray[np.int64]

    @classmethod
    def gather(cls, films: Iterable[FilmTally]) -> "Tally":
        """Stack films in their order."""
        rows = list(films)
        return cls(
            common=np.stack([row.common for row in rows]),
            outlined=np.stack([row.outlined for row in rows]),
            scores=np.stack([row.scores for row in rows]),
            true=np.array([row.true for row in rows], dtype=np.int64),
            pixels=np.array([row.pixels for row in rows], dtype=np.int64),
        )

    def take(self, films: NDArray[np.int64]) -> "Tally":
        """Some of the films, by position."""
        return Tally(
            common=self.common[films],
            outlined=self.outlined[films],
            scores=self.scores[films],
            true=self.true[films],
            pixels=self.pixels[films],
        )


def tally_film(maps: Maps, truth: Mask, spec: InputSpec, tried: Candidates) -> FilmTally:
    """Count one film under every candidate, at native size.

    The counts are those of the masks that `pleura.core.postprocess.decide` cuts.

    Args:
        maps: what the model says of the film, after test-time augmentation.
        truth: (H, W) bool.
        spec: how the film became the grid.
        tried: the candidates.
    """
    grid = maps.mask
    native = to_native(grid, truth.shape, spec)
    inside = native[truth]
    shape = (len(tried.bottoms), len(tried.removals))
    common, outlined = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, bottom in enumerate(tried.bottoms):
        whole = (int(np.count_nonzero(inside > bottom)), int(np.count_nonzero(native > bottom)))
        sizes = _part_sizes(grid > bottom)
        known: dict[int, tuple[int, int]] = {0: (0, 0)}
        if whole[1]:  # of parts smaller than the film's own pixels `decide` keeps the highest
            known[int(sizes.sum())] = whole
        for column, removal in enumerate(tried.removals):
            # Parts go by rising size, so that equal counts of kept pixels mean the same parts.
            kept = int(sizes[sizes >= grid_pixels(removal, spec)].sum())
            if kept not in known:
                known[kept] = _outline(maps, truth, spec, bottom, removal)
            common[row, column], outlined[row, column] = known[kept]
    scores = [presence_score(maps, spec, DecisionSpec(rule="triplet", bottom=0, area=area)) for area in tried.areas]
    return FilmTally(common, outlined, np.array(scores), int(np.count_nonzero(truth)), truth.size)


def _part_sizes(mask: Mask) -> NDArray[np.int64]:
    """Pixels of each part, connected as `drop_small` connects them."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    return stats[1:, cv2.CC_STAT_AREA].astype(np.int64)


def _outline(maps: Maps, truth: Mask, spec: InputSpec, bottom: float, removal: int) -> tuple[int, int]:
    """Pixels of the outline inside the truth, and all of them."""
    decision = DecisionSpec(rule="threshold", bottom=bottom, removal=removal)
    mask = decide(maps, truth.shape, spec, decision).mask
    return int(np.count_nonzero(mask & truth)), int(np.count_nonzero(mask))
