"""When a first, cheap model of a blend settles a film alone, and what that film's score then is."""

from typing import Literal

import numpy as np

from pleura.core.calibration import Steepness, logit, sigmoid
from pleura.core.strict import Fraction, Strict


class RuleOut(Strict):
    """When a member of the role `rule-out` says no for the whole blend.

    `by`: which of the member's own scores counts, that of its `decision` or its `label`'s probability. A film whose
    score is at most `below` is ruled out. Its score as the blend gives it has the log odds
    `slope` * (log odds of the member's score) + `intercept`: fitted so that the blend's calibration makes of it the
    probability that such a film has a pneumothorax after all.
    """

    by: Literal["decision", "label"] = "decision"
    below: Fraction
    slope: Steepness
    intercept: float

    def holds(self, score: float) -> bool:
        """Whether a film with this score of the member is ruled out."""
        return score <= self.below

    def blend_score(self, score: float) -> float:
        """What the blend gives as the score of a film that is ruled out at this score of the member, in [0, 1]."""
        return float(sigmoid(self.slope * logit(np.asarray(score, dtype=np.float64)) + self.intercept))
