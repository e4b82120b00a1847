"""What a first model would save and cost at every score up to which it might say no."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pleura.core.metrics import dice_scores, ranking_scores
from pleura.evidence.cascade.cost import PREVALENCES
from pleura.evidence.cascade.tune import Lost, TunedCascade, settled

_POINTS = 60


@dataclass(frozen=True)
class Point:
    """One threshold on the films that were tuned on.

    Attributes:
        below: the first model's score up to which it says no.
        lost: who is ruled out, with exact intervals.
        savings: how many times fewer multiply-adds, by prevalence.
        auroc: of the cascade.
        dice_positives: of the cascade.
    """

    below: float
    lost: Lost
    savings: dict[float, float]
    auroc: float
    dice_positives: float


def cascade_curve(tuned: TunedCascade) -> tuple[Point, ...]:
    """Points from "nobody is ruled out" to "all are", thresholds rising.

    They stand for the films that the rule is fitted on, which are judged by thresholds that nobody chose on others:
    to look at, not to publish.
    """
    return tuple(_point(tuned, below) for below in _thresholds(tuned))


def _thresholds(tuned: TunedCascade) -> Iterator[float]:
    """Scores at even steps of the films' ranks, each once, and 0 and 1."""
    scores = np.sort(tuned.readings.scores.first)
    steps = np.linspace(0, scores.size - 1, min(_POINTS, scores.size)).round().astype(np.int64)
    yield from np.unique(np.r_[0.0, scores[steps], 1.0]).tolist()


def _point(tuned: TunedCascade, below: float) -> Point:
    scores, readings = tuned.readings.scores, tuned.readings
    out = scores.first <= below
    given = np.array([min(tuned.rule.blend_score(score), readings.threshold) for score in scores.first.tolist()])
    judged = settled(readings.full.runs[0], out, given, tuned.plan.rule.calibration).judged
    counts = judged.counts
    dice = dice_scores(counts.intersections, counts.predicted, counts.true)
    lost = Lost.of([out], scores, readings.groups)
    return Point(
        below=below,
        lost=lost,
        savings={share: tuned.multiply_adds.saving(lost.passing, share) for share in PREVALENCES},
        auroc=ranking_scores(judged.scores, judged.present)["auroc"],
        dice_positives=float(dice[judged.present].mean()),
    )
