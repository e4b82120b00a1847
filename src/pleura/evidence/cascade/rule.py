"""The rule of a first model, fitted on labelled films: up to which score it says no, and what is left of risk."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pleura.core.calibration import Calibration, Isotonic, Platt, Temperature
from pleura.core.errors import DatasetError
from pleura.core.rule_out import RuleOut
from pleura.evidence.calibration_fit import fit_calibration, prevalence_weights

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counted = Literal["found", "all"]
Reads = Literal["decision", "label"]


@dataclass(frozen=True)
class RulePlan:
    """How a rule is fitted.

    Attributes:
        lose: the largest share of positives that may be ruled out, in [0, 1).
        of: which positives count: those that the full model would have found, or all.
        by: which score of the first model counts.
        calibration: the full model's, from which scores of both become one scale; None for its scores as they are.
        prevalence: the share of films with a pneumothorax that the calibration holds for; that of the films if None.
    """

    lose: float
    of: Counted
    by: Reads
    calibration: Calibration | None
    prevalence: float | None


@dataclass(frozen=True)
class Scores:
    """What both models say of N films, (N,) each.

    Attributes:
        first: the first model's scores, in [0, 1].
        found: whether the full model decides for a pneumothorax.
        present: whether there is one.
    """

    first: Floats
    found: Flags
    present: Flags

    def take(self, places: NDArray[np.int64] | Flags) -> "Scores":
        """Some of the films."""
        return Scores(self.first[places], self.found[places], self.present[places])

    def counted(self, of: Counted) -> Flags:
        """(N,) the positives that must not be lost."""
        return self.present & self.found if of == "found" else self.present


def fit_rule(scores: Scores, plan: RulePlan) -> RuleOut:
    """The highest score at which no more than the share of positives is lost, and the line to the full model's scale.

    The probability is fitted to all films (Platt), since those that are ruled out hold few positives: it is that of a
    pneumothorax given the first model's score alone, which is all that is known of a film that it settles.

    Raises:
        DatasetError: no film has a pneumothorax that counts, none is without one, or one of the former that must not
            be lost has the least score that there can be.
    """
    counted = np.sort(scores.first[scores.counted(plan.of)])
    if counted.size == 0:
        which = "that the full model finds" if plan.of == "found" else "at all"
        raise DatasetError("rule-out", f"no film has a pneumothorax {which}", "Give films with one.")
    first_kept = counted[int(plan.lose * counted.size)]
    if first_kept <= 0:
        reason = "a film with a pneumothorax that must not be lost has the score 0"
        raise DatasetError("rule-out", reason, "Allow more to be lost, or take a first model that tells them apart.")
    weights = prevalence_weights(scores.present, plan.prevalence)
    fitted = fit_calibration(scores.first, scores.present, "platt", weights)
    slope, intercept = _line(fitted, plan.calibration)
    return RuleOut(by=plan.by, below=float(np.nextafter(first_kept, 0)), slope=slope, intercept=intercept)


def check_calibration(calibration: Calibration | None) -> None:
    """Refuse a calibration whose way back from a probability to a score is not unique.

    Raises:
        DatasetError: an isotonic one.
    """
    if isinstance(calibration, Isotonic):
        reason = "the full model's calibration is isotonic, in which several scores share a probability"
        raise DatasetError("rule-out", reason, "Calibrate it with --kind platt or temperature first.")


def _line(fitted: Calibration, calibration: Calibration | None) -> tuple[float, float]:
    """Slope and intercept of log odds, first model's score to full model's score of the same probability."""
    assert isinstance(fitted, Platt)
    match calibration:
        case Temperature(temperature=temperature):
            return fitted.slope * temperature, fitted.intercept * temperature
        case Platt(slope=slope, intercept=intercept):
            return fitted.slope / slope, (fitted.intercept - intercept) / slope
    return fitted.slope, fitted.intercept
