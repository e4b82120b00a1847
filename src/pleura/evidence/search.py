"""Which candidate decision is the best on a set of films."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import dice_scores
from pleura.core.recipe import Objective
from pleura.evidence.candidates import Candidates, Place
from pleura.evidence.tally import Tally

Surface = NDArray[np.float64]

_PLATEAU = 1e-4


@dataclass(frozen=True)
class Best:
    """The place of the best candidate on the grid, what it reaches, and on which axes it lies at an edge."""

    place: Place
    value: float
    edges: tuple[str, ...]


def objective_surface(tally: Tally, tried: Candidates, objective: Objective) -> Surface:
    """The objective of every candidate on a set of films, shaped as `Candidates.shape`; NaN where impossible."""
    films = tally.true.size
    if objective == "siim_dice":
        dice = dice_scores(tally.common, tally.outlined, tally.true[:, None, None])
        missed = (tally.true == 0).astype(np.float64)
        surface = (_sums(dice - missed[:, None, None], tally, tried) + missed.sum()) / films
    else:
        common = _sums(tally.common.astype(np.float64), tally, tried)
        either = _sums(tally.outlined.astype(np.float64), tally, tried) + tally.true.sum() - common
        surface = np.full(tried.shape, np.nan)
        np.divide(common, either, out=surface, where=either > 0)
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
    label, top, area, level, removal = (int(index) for index in chosen)
    place = (label, top, area, level, removal)
    return Best(place, float(surface[place]), tried.edges(place))


def _sums(values: NDArray[np.float64], tally: Tally, tried: Candidates) -> Surface:
    """Sums of what outlines are worth, (N, levels, removals), over the films that each candidate finds positive.

    A film is positive or not by its scores alone, and its outline depends on level and removal alone, so that sums
    over films are products of two matrices: (presence candidates, N) and (N, outline candidates). Under `doublet`
    the level stands in both, and there is such a product for each level.
    """
    if tried.rule == "doublet":
        exceeding = tally.scores.T[None, :, :] > np.array(tried.levels)[:, None, None]
        by_level = exceeding.astype(np.float64) @ values.transpose(1, 0, 2)
        return by_level.transpose(1, 0, 2)[None, None]
    present = _presence(tally, tried)
    worth = values.reshape(tally.true.size, -1)
    if tried.rule == "label_gated":
        gates = [np.flatnonzero(tally.labels > label) for label in tried.labels]
        sums = np.stack([present[:, through] @ worth[through] for through in gates])
    else:
        sums = present @ worth
    return sums.reshape(tried.shape)


def _presence(tally: Tally, tried: Candidates) -> NDArray[np.float64]:
    """(tops * areas, N): 1 where a film's mask says so, before its label and its outline are looked at."""
    if tried.rule == "threshold":
        return np.ones((1, tally.true.size))
    present = tally.scores.T[None, :, :] > np.array(tried.tops)[:, None, None]
    return present.reshape(-1, tally.true.size).astype(np.float64)
