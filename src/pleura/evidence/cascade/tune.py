"""A cascade tuned on labelled films: its rule, what it saves and loses, and figures by patient cross-fit."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pleura.core.calibration import Calibration, calibrated
from pleura.core.metrics import Counts
from pleura.core.rle import EMPTY
from pleura.core.rule_out import RuleOut
from pleura.data import Dataset
from pleura.evidence.cascade.cost import Cost, Passing
from pleura.evidence.cascade.readings import Readings
from pleura.evidence.cascade.rule import RulePlan, Scores, fit_rule
from pleura.evidence.comparison.compare import Comparison, compare
from pleura.evidence.evaluate import Judgement
from pleura.evidence.evaluation import Evaluation, Surfaces
from pleura.evidence.figures.draws import ROUNDS
from pleura.evidence.figures.exact import exact_interval
from pleura.evidence.folds import patient_folds

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class CascadePlan:
    """How a cascade is tuned.

    Attributes:
        rule: what the rule keeps to.
        folds: of the cross-fit by patient, at least 2.
        seed: of the first draw of folds, and of the bootstrap; each further draw takes the next number.
        draws: how often the folds are drawn, at least 1.
        rounds: of the bootstrap.
    """

    rule: RulePlan
    folds: int = 5
    seed: int = 42
    draws: int = 10
    rounds: int = ROUNDS


@dataclass(frozen=True)
class Share:
    """A share of films, `hits` of `total`; of several draws the mean.

    Its exact 95 % interval is that of so many `patients`: films of one patient are no more than one to tell by.
    """

    value: float
    low: float
    high: float
    hits: float
    total: int
    patients: int

    @classmethod
    def of(cls, drawn: Sequence[Flags], among: Flags, groups: NDArray[np.int64]) -> "Share":
        """The share of some films, (N,) bool, that each draw, (N,) bool, holds.

        Args:
            drawn: at least one draw.
            among: which films; at least one.
            groups: (N,) the patient or group of each film.
        """
        total, patients = int(among.sum()), np.unique(groups[among]).size
        value = float(np.mean([one[among].mean() for one in drawn]))
        return cls(value, *exact_interval(value * patients, patients), value * total, total, patients)


@dataclass(frozen=True)
class Lost:
    """Shares that the first model settles: of positives that the full one finds, of all positives, of the rest."""

    found: Share | None
    present: Share
    absent: Share

    @classmethod
    def of(cls, drawn: Sequence[Flags], scores: Scores, groups: NDArray[np.int64]) -> "Lost":
        """Of draws of who is ruled out, and each film's patient or group; `found` is None where nothing is found."""
        found = scores.counted("found")
        return cls(
            Share.of(drawn, found, groups) if found.any() else None,
            Share.of(drawn, scores.present, groups),
            Share.of(drawn, ~scores.present, groups),
        )

    @property
    def passing(self) -> Passing:
        """What is left to the full model."""
        return Passing(1 - self.present.value, 1 - self.absent.value)


@dataclass(frozen=True)
class TunedCascade:
    """The outcome.

    Attributes:
        plan: how it was tuned.
        readings: what both models say.
        rule: fitted on all films.
        lost: by that rule on the films that it was fitted on.
        held_out: by the rules of a cross-fit, each on films of patients that it did not see; what to publish.
        cascade: judged by that cross-fit, a run a draw.
        comparison: the full model alone, and the cascade.
        multiply_adds: of one film for both models.
    """

    plan: CascadePlan
    readings: Readings
    rule: RuleOut
    lost: Lost
    held_out: Lost
    cascade: Judgement = field(repr=False)
    comparison: Comparison = field(repr=False)
    multiply_adds: Cost

    @property
    def seconds(self) -> Cost:
        """Of one film for both models, on the machine that tuned."""
        return Cost(*self.readings.seconds)


def tune_cascade(
    readings: Readings, multiply_adds: Cost, dataset: Dataset, plan: CascadePlan, title: str
) -> TunedCascade:
    """Fit a cascade's rule and judge it by patient cross-fit.

    Args:
        readings: the films as both models read them.
        multiply_adds: of one film for both models.
        dataset: the films' data set.
        plan: how.
        title: what to call the cascade.

    Raises:
        DatasetError: too few patients for the folds, or films on which no rule can be fitted.
    """
    scores = readings.scores
    rule = fit_rule(scores, plan.rule)
    drawn = [_cross_fit(readings, plan, draw) for draw in range(plan.draws)]
    calibration = plan.rule.calibration
    runs = [settled(readings.full.runs[0], out, given, calibration) for out, given in drawn]
    cascade = replace(
        readings.full,
        title=title,
        kind="cross-fit",
        runs=tuple(runs),
        outlines=tuple(_outlines(readings.full, out) for out, _ in drawn),
        warnings=(*readings.full.warnings, *(f"first model: {one}" for one in readings.first.warnings)),
        seen=max(readings.full.seen, int(readings.first.seen.sum())),
    )
    return TunedCascade(
        plan=plan,
        readings=readings,
        rule=rule,
        lost=Lost.of([scores.first <= rule.below], scores, readings.groups),
        held_out=Lost.of([out for out, _ in drawn], scores, readings.groups),
        cascade=cascade,
        comparison=compare([readings.full, cascade], dataset, rounds=plan.rounds, seed=plan.seed),
        multiply_adds=multiply_adds,
    )


def settled(full: Evaluation, out: Flags, scores: NDArray[np.float64], calibration: Calibration | None) -> Evaluation:
    """What a full model's evaluation becomes where a first model settles some of the films.

    Args:
        full: of N films.
        out: (N,) which are ruled out.
        scores: (N,) what the cascade gives as their scores; of the others unused.
        calibration: the full model's.
    """
    judged, surfaces = full.judged, full.surfaces
    counts = judged.counts
    told = np.where(out, scores, judged.scores)
    gone = out & judged.decided
    return replace(
        full,
        judged=replace(
            judged,
            counts=Counts(
                np.where(out, 0, counts.intersections), np.where(out, 0, counts.predicted), counts.true, counts.pixels
            ),
            scores=told,
            decided=judged.decided & ~out,
            calibrated=None if calibration is None else calibrated(told, calibration),
        ),
        surfaces=Surfaces(
            nsd=np.where(gone, np.where(judged.present, 0.0, np.nan), surfaces.nsd),
            hd95=np.where(gone, np.nan, surfaces.hd95),
            in_mm=surfaces.in_mm,
        ),
        augmented=None,
        soft=None,
    )


def _cross_fit(readings: Readings, plan: CascadePlan, draw: int) -> tuple[Flags, NDArray[np.float64]]:
    """Which films are ruled out, and their scores, each by the rule of the folds that it is not in."""
    scores = readings.scores
    fold_of = patient_folds(readings.groups, readings.areas, plan.folds, plan.seed + draw)
    out, given = np.zeros(scores.first.size, dtype=np.bool_), np.zeros(scores.first.size)
    for fold in range(plan.folds):
        held = fold_of == fold
        rule = fit_rule(scores.take(~held), plan.rule)
        out[held] = scores.first[held] <= rule.below
        given[held] = [rule.blend_score(score) for score in scores.first[held]]
    return out, np.minimum(given, readings.threshold)  # as `ruled_out_maps` holds them


def _outlines(full: Judgement, out: Flags) -> tuple[str, ...]:
    return tuple(EMPTY if gone else code for gone, code in zip(out, full.outlines[0], strict=True))
