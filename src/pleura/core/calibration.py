"""From an image-level score to the probability that a pneumothorax is there."""

from typing import Annotated, Literal, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from pleura.core.strict import Fraction, Strict

EDGE = 1e-6
"""Scores are held this far from 0 and 1 before their logit is taken: float32 networks reach both ends exactly."""

Steepness = Annotated[float, Field(gt=0.0)]


class Temperature(Strict):
    """p = sigmoid(logit(score) / temperature): above 1 it softens, under 1 it sharpens (Guo et al. 2017)."""

    kind: Literal["temperature"] = "temperature"
    temperature: Steepness


class Platt(Strict):
    """p = sigmoid(slope * logit(score) + intercept): a temperature, and where it leans to (after Platt 1999)."""

    kind: Literal["platt"] = "platt"
    slope: Steepness
    intercept: float


class Isotonic(Strict):
    """Straight lines between knots, level beyond the first and last: never falling (Zadrozny & Elkan 2002).

    `x` are scores, rising; `y` the probabilities there, not falling.
    """

    kind: Literal["isotonic"] = "isotonic"
    x: Annotated[tuple[Fraction, ...], Field(min_length=1)]
    y: Annotated[tuple[Fraction, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rises(self) -> "Isotonic":
        if len(self.x) != len(self.y):
            raise ValueError(f"isotonic: {len(self.x)} scores and {len(self.y)} probabilities; they go in pairs")
        if any(later <= earlier for earlier, later in zip(self.x, self.x[1:], strict=False)):
            raise ValueError("isotonic: the scores x must rise")
        if any(later < earlier for earlier, later in zip(self.y, self.y[1:], strict=False)):
            raise ValueError("isotonic: the probabilities y must not fall")
        return self


Calibration = Annotated[Temperature | Platt | Isotonic, Field(discriminator="kind")]
CalibrationKind = Literal["temperature", "platt", "isotonic"]


class CalibrationFigures(Strict):
    """How far probabilities are from the truth: expected calibration error, Brier score, log loss in nats."""

    ece: float
    brier: float
    log_loss: float


class CalibrationRecord(Strict):
    """On which films a calibration was fitted, and what it changed there.

    `prevalence` is the share of films with a pneumothorax that the probabilities hold for; `present` of `films` had
    one, and where the two differ the films were weighted. `before` and `after` come from a cross-fit by patient, so
    that no film's own patient had a hand in its probability. `patients_sha256` and `films_sha256` are the first 16
    hex digits of the SHA-256 of each known patient's id and each film's file, sorted.
    """

    data_name: str
    data_sha256: str
    films: int
    patients: int
    present: int
    prevalence: Fraction
    before: CalibrationFigures
    after: CalibrationFigures
    patients_sha256: tuple[str, ...] = ()
    films_sha256: tuple[str, ...] = ()


@overload
def calibrated(score: float, calibration: Temperature | Platt | Isotonic) -> float: ...
@overload
def calibrated(score: NDArray[np.floating], calibration: Temperature | Platt | Isotonic) -> NDArray[np.float64]: ...
def calibrated(
    score: float | NDArray[np.floating], calibration: Temperature | Platt | Isotonic
) -> float | NDArray[np.float64]:
    """The probability of a pneumothorax, in [0, 1] and of the same shape, at a score in [0, 1].

    It never falls where the score rises, so that it ranks films as the score does, but for ties.
    """
    scores = np.asarray(score, dtype=np.float64)
    match calibration:
        case Temperature(temperature=temperature):
            found = sigmoid(logit(scores) / temperature)
        case Platt(slope=slope, intercept=intercept):
            found = sigmoid(slope * logit(scores) + intercept)
        case Isotonic(x=x, y=y):
            found = np.asarray(np.interp(scores, x, y), dtype=np.float64)
    return found if isinstance(score, np.ndarray) else float(found)


def logit(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds of scores in [0, 1], finite at both ends (`EDGE`)."""
    inner = np.clip(scores, EDGE, 1 - EDGE)
    odds: NDArray[np.float64] = np.log(inner / (1 - inner))
    return odds


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic function in float64, without overflow at either end."""
    shares: NDArray[np.float64] = 0.5 * (1 + np.tanh(0.5 * logits))
    return shares
