"""A calibration fitted to the scores of labelled films."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pleura.core.calibration import (
    Calibration,
    CalibrationKind,
    Isotonic,
    Platt,
    Temperature,
    logit,
    sigmoid,
)
from pleura.core.errors import DatasetError

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]

STEEPEST = 20.0
"""No slope is above this and none under its inverse: scores that rank films the wrong way round ask for 0."""


def fit_calibration(
    scores: Floats, present: Labels, kind: CalibrationKind, weights: Floats | None = None
) -> Calibration:
    """Fit a calibration of that kind.

    It stays finite where the scores part the films without a fault: temperature and Platt are fitted to Platt's
    targets, (n + 1) / (n + 2) and 1 / (n + 2) for n films of a kind, instead of 1 and 0, and an isotonic one is held
    between 1 / (N + 2) and (N + 1) / (N + 2) for N films. Under weights this caution is weighted as the labels are:
    it would otherwise outweigh the films themselves where a pneumothorax is to be rare.

    Args:
        scores: (N,) image-level scores in [0, 1].
        present: (N,) bool.
        kind: `temperature`, `platt` or `isotonic`.
        weights: (N,) how much each film counts, above 0; all the same where None.

    Raises:
        DatasetError: no film with a pneumothorax, or none without.
    """
    if not present.any() or present.all():
        raise DatasetError("calibration", "films with and without a pneumothorax are needed", "Give films of both.")
    weighed = np.ones(scores.size) if weights is None else weights * (scores.size / weights.sum())
    return _FITS[kind](scores, present, weighed)


def prevalence_weights(present: Labels, prevalence: float | None) -> Floats:
    """(N,) weights under which `prevalence` of the films have a pneumothorax; all 1 where it is None.

    Where disease is as it was and only its frequency differs (a label shift), films so weighted stand for the place
    where the model is used (Saerens et al., Neural Comput 14:21, 2002).
    """
    if prevalence is None:
        return np.ones(present.size)
    here = float(present.mean())
    return np.where(present, prevalence / here, (1 - prevalence) / (1 - here))


def _temperature(scores: Floats, present: Labels, weights: Floats) -> Temperature:
    """Least log loss over the logarithm of the temperature, in which it has one valley (Guo et al. 2017)."""
    odds, (targets, weights) = logit(scores), _softened(present, weights)
    from scipy.optimize import minimize_scalar  # an extra: whoever predicts has no use for it

    found = minimize_scalar(
        lambda log_slope: _loss(np.exp(log_slope) * odds, targets, weights)[0],
        bounds=(-np.log(STEEPEST), np.log(STEEPEST)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return Temperature(temperature=float(np.exp(-found.x)))


def _platt(scores: Floats, present: Labels, weights: Floats) -> Platt:
    """Least log loss over slope and intercept, a convex valley (Platt 1999; Lin et al., Mach Learn 68:267, 2007)."""
    odds, (targets, weights) = logit(scores), _softened(present, weights)

    def loss(line: Floats) -> tuple[float, Floats]:
        value, gradient = _loss(line[0] * odds + line[1], targets, weights)
        return value, np.array([gradient @ odds, gradient.sum()])

    begin = np.array([1.0, 0.0])
    bounds = [(1 / STEEPEST, STEEPEST), (None, None)]
    from scipy.optimize import minimize

    found = minimize(loss, begin, jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10})
    return Platt(slope=float(found.x[0]), intercept=float(found.x[1]))


def _isotonic(scores: Floats, present: Labels, weights: Floats) -> Isotonic:
    """Pool adjacent violators (Ayer et al. 1955), each pool level from its lowest score to its highest."""
    x, place = np.unique(scores, return_inverse=True)
    weight = np.bincount(place, weights)
    y = np.bincount(place, weights * present) / weight
    pools: list[tuple[float, float, int, int]] = []
    for index, (value, share) in enumerate(zip(y.tolist(), weight.tolist(), strict=True)):
        mean, total, first = value, share, index
        while pools and pools[-1][0] >= mean:
            before, count, first, _ = pools.pop()
            mean = (before * count + mean * total) / (count + total)
            total += count
        pools.append((mean, total, first, index))
    shift, certain = _weight_of_ill(present, weights), scores.size + 1
    least, most = shift / (shift + certain), shift * certain / (shift * certain + 1)
    knots = {end: min(max(mean, least), most) for mean, _, *ends in pools for end in ends}
    return Isotonic(x=tuple(float(x[index]) for index in knots), y=tuple(knots.values()))


def _softened(present: Labels, weights: Floats) -> tuple[Floats, Floats]:
    """Platt's targets, and the weights of the films that bear them, both (N,).

    A target of t stands for a film that is ill to the share t and well to the rest, and each share has the weight of
    its label: under another prevalence the log odds then shift by that of the prevalences, and by nothing else.
    """
    ill, well = int(present.sum()), int((~present).sum())
    targets = np.where(present, (ill + 1) / (ill + 2), 1 / (well + 2))
    as_ill = targets * np.where(present, weights, weights[present].mean())
    as_well = (1 - targets) * np.where(present, weights[~present].mean(), weights)
    both = as_ill + as_well
    return as_ill / both, both


def _weight_of_ill(present: Labels, weights: Floats) -> float:
    """How much more a film with a pneumothorax counts than one without."""
    return float(weights[present].mean() / weights[~present].mean())


def _loss(logits: Floats, targets: Floats, weights: Floats) -> tuple[float, Floats]:
    """Weighted mean log loss, and its gradient by the logits, (N,)."""
    share = weights / weights.sum()
    return float(share @ (np.logaddexp(0, logits) - targets * logits)), share * (sigmoid(logits) - targets)


_FITS: dict[CalibrationKind, Callable[[Floats, Labels, Floats], Calibration]] = {
    "temperature": _temperature,
    "platt": _platt,
    "isotonic": _isotonic,
}
