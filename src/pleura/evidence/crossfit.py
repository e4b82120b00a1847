"""A decision fitted by patient cross-fit: no film is scored with a decision that saw its patient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.core.metrics import Counts
from pleura.core.postprocess import gated_score, presence_threshold
from pleura.core.recipe import Objective
from pleura.core.spec import DecisionSpec
from pleura.evidence.candidates import Candidates
from pleura.evidence.folds import patient_folds
from pleura.evidence.judged import Judged
from pleura.evidence.search import Best, Surface, find_best, objective_surface
from pleura.evidence.tally import Tally


@dataclass(frozen=True)
class Fitting:
    """How decisions are fitted: what is tried and maximised, and the decision whose augmentation made the maps."""

    tried: Candidates
    objective: Objective
    own: DecisionSpec


@dataclass(frozen=True)
class Fitted:
    """A decision fitted on some films, with the surface it was the best on."""

    decision: DecisionSpec
    best: Best
    surface: Surface


@dataclass(frozen=True)
class Fold:
    """One fold: the places of its films, and the decision fitted on the films of all other folds.

    The surface that it was the best on is not kept: tens of megabytes a fold under `label_gated`.
    """

    films: NDArray[np.int64]
    decision: DecisionSpec
    best: Best


@dataclass(frozen=True)
class CrossFit:
    """The folds, and all films judged, each by the decision of its own fold."""

    folds: tuple[Fold, ...]
    judged: Judged


def fit(tally: Tally, fitting: Fitting) -> Fitted:
    """Fit a decision on all films of a tally.

    Raises:
        DatasetError: the objective has no value on these films.
    """
    surface = objective_surface(tally, fitting.tried, fitting.objective)
    if np.isnan(surface).all():
        reason = f"{fitting.objective} is undefined on these films: none has a pneumothorax"
        raise DatasetError("tuning", reason, "Give films with a pneumothorax, or the objective siim_dice.")
    best = find_best(surface, fitting.tried)
    return Fitted(fitting.tried.decision(best.place, fitting.own), best, surface)


def cross_fit(tally: Tally, groups: NDArray[np.int64], fitting: Fitting, folds: int, seed: int) -> CrossFit:
    """Fit a decision for each fold on the films of the other folds, and judge its films by it.

    Args:
        tally: the films, N of them.
        groups: (N,) the patient or group of each film, as a number.
        fitting: how.
        folds: how many, at least 2.
        seed: of the draw of folds.

    Raises:
        DatasetError: too few patients for so many folds.
    """
    fold_of = patient_folds(groups, tally.true / tally.pixels, folds, seed)
    made = []
    judged: list[Judged] = []
    for number in range(folds):
        held, rest = np.flatnonzero(fold_of == number), np.flatnonzero(fold_of != number)
        fitted = fit(tally.take(rest), fitting)
        made.append(Fold(held.astype(np.int64), fitted.decision, fitted.best))
        judged.append(judge(tally.take(held), fitted))
    order = np.argsort(np.concatenate([fold.films for fold in made]))
    return CrossFit(tuple(made), _join(judged).take(order))


def judge(tally: Tally, fitted: Fitted | Fold) -> Judged:
    """What a decision says of the films of a tally, as `pleura.core.postprocess.decide` would."""
    _, _, area, level, removal = fitted.best.place
    decision, threshold = fitted.decision, presence_threshold(fitted.decision)
    told = tally.scores[:, area]
    if decision.rule == "label_gated":
        both = zip(tally.labels.tolist(), told.tolist(), strict=True)
        told = np.array([gated_score(label, nth, decision) for label, nth in both])
    common, outlined = tally.common[:, level, removal], tally.outlined[:, level, removal]
    decided = (told > threshold) & (outlined > 0)
    # A film whose outline was dropped as too small is negative, and so must its score be.
    scores = np.where(decided, told, np.minimum(told, threshold))
    counts = Counts(np.where(decided, common, 0), np.where(decided, outlined, 0), tally.true, tally.pixels)
    return Judged(counts, scores, decided)


def _join(parts: Sequence[Judged]) -> Judged:
    fields = ("intersections", "predicted", "true", "pixels")
    counts = Counts(*(np.concatenate([getattr(part.counts, name) for part in parts]) for name in fields))
    return Judged(
        counts,
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.decided for part in parts]),
    )
