"""Which candidate decision is the best on a set of films."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import dice_scores
from pleura.core.recipe import Objective
from pleura.evidence.candidates import Candidates
from pleura.evidence.tally import Tally

Surface = NDArray[np.float64]
Place = tuple[int, int, int, int]

_PLATEAU = 1e-4


@dataclass(frozen=True)
class Best:
    """The place of the best candidate on the grid, what it reaches, and on which axes it lies at an edge."""

    place: Place
    value: float
    edges: tuple[str, ...]


def objective_surface(tally: Tally, tried: Candidates, objective: Objective) -> Surface:
    """The objective of every candidate on a set of films, shaped as `Candidates.shape`; NaN where impossible.

    A film is positive or not by its score alone, and its outline depends on `bottom` and `removal` alone, so that
    sums over films are products of two matrices: (presence candidates, N) and (N, outline candidates).
    """
    present = _presence(tally, tried)
    films = tally.true.size
    outlines = (films, len(tried.bottoms) * len(tried.removals))
    if objective == "siim_dice":
        dice = dice_scores(tally.common, tally.outlined, tally.true[:, None, None]).reshape(outlines)
        missed = (tally.true == 0).astype(np.float64)
        values = (present @ dice + ((1 - present) @ missed)[:, None]) / films
    else:
        common = present @ tally.common.reshape(outlines).astype(np.float64)
        either = present @ tally.outlined.reshape(outlines).astype(np.float64) + tally.true.sum() - common
        values = np.full(common.shape, np.nan)
        np.divide(common, either, out=values, where=either > 0)
    surface = values.reshape(tried.shape)
    return np.where(tried.possible(), surface, np.nan)


def find_best(surface: Surface, tried: Candidates) -> Best:
    """The candidate with the highest value; among equals, the one nearest to the middle of them.

    Values within 1e-4 of the highest count as equal: a difference below the fourth digit is none on tens of films,
    and the middle of a plateau is where a decision is least likely to turn on a single film.

    Raises:
        ValueError: no candidate has a value, as in a set of films that are all healthy and all found so.
    """
    if np.isnan(surface).all():
        raise ValueError("the objective is undefined for every candidate")
    highest = float(np.nanmax(surface))
    equals = np.argwhere(surface >= highest - _PLATEAU)
    reach = np.maximum(np.array(surface.shape) - 1, 1)
    away = np.square((equals - equals.mean(axis=0)) / reach).sum(axis=1)
    chosen = equals[int(np.argmin(away))]
    place = (int(chosen[0]), int(chosen[1]), int(chosen[2]), int(chosen[3]))
    return Best(place, float(surface[place]), tried.edges(place))


def _presence(tally: Tally, tried: Candidates) -> NDArray[np.float64]:
    """(tops * areas, N): 1 where a film is positive, before its outline is looked at."""
    if tried.rule == "threshold":
        return np.ones((1, tally.true.size))
    tops = np.array(tried.tops)
    present = tally.scores.T[None, :, :] > tops[:, None, None]
    return present.reshape(-1, tally.true.size).astype(np.float64)
