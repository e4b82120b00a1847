"""What every candidate decision would say of a film, counted once so that any set of films is searched at once."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DecisionError
from pleura.core.parts import parts_of
from pleura.core.postprocess import decide, grid_pixels, presence_score, relief_of, to_native
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Maps, Mask
from pleura.evidence.candidates import Candidates


@dataclass(frozen=True)
class FilmTally:
    """One film under every candidate, in native pixels.

    Attributes:
        common: (levels, removals) pixels that the outline shares with the truth.
        outlined: (levels, removals) pixels of the outline.
        scores: (areas,) the mask's image-level score for each presence area.
        label: probability of an image-level head, NaN without one.
        true: pixels of the truth.
        pixels: of the film.
    """

    common: NDArray[np.int64]
    outlined: NDArray[np.int64]
    scores: NDArray[np.float64]
    label: float
    true: int
    pixels: int


@dataclass(frozen=True)
class Tally:
    """N films under every candidate: what `FilmTally` holds with a first axis of films."""

    common: NDArray[np.int64]
    outlined: NDArray[np.int64]
    scores: NDArray[np.float64]
    labels: NDArray[np.float64]
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
            labels=np.array([row.label for row in rows], dtype=np.float64),
            true=np.array([row.true for row in rows], dtype=np.int64),
            pixels=np.array([row.pixels for row in rows], dtype=np.int64),
        )

    def take(self, films: NDArray[np.int64]) -> "Tally":
        """Some of the films, by position."""
        return Tally(
            common=self.common[films],
            outlined=self.outlined[films],
            scores=self.scores[films],
            labels=self.labels[films],
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

    Raises:
        DecisionError: their rule needs a head that the maps do not have.
    """
    if tried.rule == "label_gated" and maps.label is None:
        raise DecisionError(tried.rule, "label")
    decisions = [_outline_alone(tried, level) for level in tried.levels]
    surface = relief_of(maps, decisions[0])
    native = to_native(surface.heights, truth.shape, spec, surface.outside)
    inside = native[truth]
    shape = (len(tried.levels), len(tried.removals))
    common, outlined = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, decision in enumerate(decisions):
        level = relief_of(maps, decision).level
        whole = (int(np.count_nonzero(inside > level)), int(np.count_nonzero(native > level)))
        sizes = _part_sizes(surface.heights > level)
        known: dict[int, tuple[int, int]] = {0: (0, 0)}
        if whole[1]:  # of parts smaller than the film's own pixels `decide` keeps the highest
            known[int(sizes.sum())] = whole
        for column, removal in enumerate(tried.removals):
            # Parts go by rising size, so that equal counts of kept pixels mean the same parts.
            kept = int(sizes[sizes >= grid_pixels(removal, spec)].sum())
            if kept not in known:
                known[kept] = _outline(maps, truth, spec, decision.model_copy(update={"removal": removal}))
            common[row, column], outlined[row, column] = known[kept]
    scores = [presence_score(maps, spec, DecisionSpec(rule="triplet", bottom=0, area=area)) for area in tried.areas]
    label = np.nan if maps.label is None else maps.label
    return FilmTally(common, outlined, np.array(scores), label, int(np.count_nonzero(truth)), truth.size)


def _outline_alone(tried: Candidates, level: float) -> DecisionSpec:
    """A decision with that outline by which nearly every film is positive."""
    if tried.rule == "distance":
        return DecisionSpec(rule="distance", top=0, cut=level)
    return DecisionSpec(rule="threshold", bottom=level)


def _part_sizes(mask: Mask) -> NDArray[np.int64]:
    """Pixels of each part, connected as `drop_small` connects them."""
    return parts_of(mask)[1][1:]


def _outline(maps: Maps, truth: Mask, spec: InputSpec, decision: DecisionSpec) -> tuple[int, int]:
    """Pixels of the outline inside the truth, and all of them."""
    mask = decide(maps, truth.shape, spec, decision).mask
    return int(np.count_nonzero(mask & truth)), int(np.count_nonzero(mask))
