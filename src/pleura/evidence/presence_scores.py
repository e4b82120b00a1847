"""Ways to make one number of a film's maps, by which films are ranked: which tells best whether air is there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.calibration import calibrated, logit, sigmoid
from pleura.core.postprocess import decide_grid, grid_pixels
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Maps
from pleura.evidence.calibration_fit import fit_calibration
from pleura.evidence.folds import patient_folds

Floats = NDArray[np.float64]
Score = Callable[[Maps, InputSpec, DecisionSpec], float]

PRESENT = "decision"
"""The score in use: that of the model's own decision."""
COMBINATION = "combination"
COMBINED = (PRESENT, "top_16000", "area_over_0.5")
"""What the combination is made of: how sure, how sure over a large area, how large."""
_RIDGE = 0.01
_AREAS = (100, 400, 1000, 4000, 16000)
_LEVELS = (0.1, 0.3, 0.5, 0.9)


def _decision(maps: Maps, spec: InputSpec, decision: DecisionSpec) -> float:
    return decide_grid(maps, spec, decision).score


def _largest(maps: Maps, spec: InputSpec, decision: DecisionSpec) -> float:
    return float(maps.mask.max())


def _top_mean(area: int) -> Score:
    def score(maps: Maps, spec: InputSpec, decision: DecisionSpec) -> float:
        count = max(1, grid_pixels(area, spec))
        flat = maps.mask.ravel()
        return float(np.partition(flat, flat.size - count)[flat.size - count :].mean(dtype=np.float64))

    return score


def _area_over(level: float) -> Score:
    def score(maps: Maps, spec: InputSpec, decision: DecisionSpec) -> float:
        return float((maps.mask > level).mean())

    return score


SCORES: dict[str, Score] = {
    PRESENT: _decision,
    "max": _largest,
    **{f"top_{area}": _top_mean(area) for area in _AREAS},
    **{f"area_over_{level}": _area_over(level) for level in _LEVELS},
}
"""Scores in [0, 1] of a film's maps: `top_n` is the mean of the n largest probabilities, n in pixels of a 1024 film,
`area_over_t` the share of the grid above t."""


def presence_scores(maps: Maps, spec: InputSpec, decision: DecisionSpec) -> dict[str, float]:
    """Every score of one film, each in [0, 1], and `label` where the maps have one."""
    scores = {name: score(maps, spec, decision) for name, score in SCORES.items()}
    return scores if maps.label is None else {**scores, "label": maps.label}


@dataclass(frozen=True)
class Films:
    """The truth of N films, all (N,): whether air is there, the share of the film it covers, and whose film it is."""

    present: NDArray[np.bool_]
    areas: Floats
    groups: NDArray[np.int64]


@dataclass(frozen=True)
class Told:
    """What a score says of N films in each draw of folds, both (draws, N).

    Attributes:
        scores: by which films are ranked; those of the combination were fitted without the film's own patient.
        probabilities: the same calibrated (Platt) without the film's own patient.
    """

    scores: Floats
    probabilities: Floats


def cross_fit_scores(
    scores: Mapping[str, Floats], films: Films, folds: int = 5, seed: int = 42, draws: int = 10
) -> dict[str, Told]:
    """Calibrate every score, and fit the combination, by patient cross-fit.

    Args:
        scores: (N,) for each name; those of `COMBINED` are among them.
        films: the truth.
        folds: of the cross-fit, at least 2.
        seed: of the first draw of folds; each further draw takes the next number.
        draws: how often, at least 1.

    Raises:
        DatasetError: too few patients for so many folds.
    """
    shape = (draws, films.present.size)
    told = {name: Told(np.tile(score, (draws, 1)), np.empty(shape)) for name, score in scores.items()}
    told[COMBINATION] = Told(np.empty(shape), np.empty(shape))
    features = np.stack([logit(scores[name]) for name in COMBINED], axis=1)
    for draw in range(draws):
        fold_of = patient_folds(films.groups, films.areas, folds, seed + draw)
        for fold in range(folds):
            held, rest = fold_of == fold, fold_of != fold
            present = films.present[rest]
            for name, score in scores.items():
                calibration = fit_calibration(score[rest], present, "platt")
                told[name].probabilities[draw, held] = calibrated(score[held], calibration)
            combined = fit_combination(features[rest], present)(features[held])
            told[COMBINATION].scores[draw, held] = told[COMBINATION].probabilities[draw, held] = combined
    return told


def fit_combination(features: Floats, present: NDArray[np.bool_]) -> Callable[[Floats], Floats]:
    """Logistic regression on standardised features, (N, F), with a small ridge that keeps it finite.

    Returns:
        From (M, F) features to (M,) probabilities.
    """
    middle, spread = features.mean(axis=0), np.maximum(features.std(axis=0), np.finfo(np.float64).eps)

    def columns(of: Floats) -> Floats:
        return np.column_stack([(of - middle) / spread, np.ones(len(of))])

    known = columns(features)

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits, slopes = known @ weights, np.r_[weights[:-1], 0.0]
        value = np.mean(np.logaddexp(0, logits) - present * logits) + _RIDGE / 2 * slopes @ slopes
        return float(value), known.T @ (sigmoid(logits) - present) / present.size + _RIDGE * slopes

    from scipy.optimize import minimize

    weights = minimize(loss, np.zeros(known.shape[1]), jac=True, method="L-BFGS-B").x
    return lambda of: sigmoid(columns(of) @ weights)
