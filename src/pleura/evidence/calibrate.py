"""The probability of a model, fitted on labelled films, with figures that no film's own patient had a hand in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pleura.core.calibration import EDGE, Calibration, CalibrationKind, calibrated
from pleura.core.metrics.calibration import BINS
from pleura.core.postprocess import decide_grid
from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.calibration_fit import fit_calibration, prevalence_weights
from pleura.evidence.figures.cases import rarer_kind
from pleura.evidence.figures.draws import ROUNDS, bootstrap_weights
from pleura.evidence.figures.estimate import Estimate, estimate
from pleura.evidence.figures.ranks import weighted_calibration
from pleura.evidence.figures.sums import Figures
from pleura.evidence.films import Watch, read_case
from pleura.evidence.folds import patient_folds
from pleura.predict import Predictor

Floats = NDArray[np.float64]
KINDS: tuple[CalibrationKind, ...] = ("temperature", "platt", "isotonic")
"""From the simplest, with one number to fit, to the freest."""
JUDGED = "brier"
"""The figure that kinds are told apart by: it falls with better calibration and with better ranking alone."""
_BEFORE = "before"


@dataclass(frozen=True)
class CalibrationPlan:
    """How to calibrate.

    Attributes:
        kind: of calibration; `auto` takes the simplest that no freer one beats by an interval.
        prevalence: share of films with a pneumothorax where the model is to be used, in (0, 1); that of the films
            themselves where None.
        folds: of the cross-fit by patient, at least 2.
        seed: of the first draw of folds, and of the bootstrap; each further draw takes the next number.
        draws: how often the folds are drawn, at least 1; figures are means over them.
        rounds: of the bootstrap.
    """

    kind: CalibrationKind | Literal["auto"] = "auto"
    prevalence: float | None = None
    folds: int = 5
    seed: int = 42
    draws: int = 10
    rounds: int = ROUNDS


@dataclass(frozen=True)
class Scored:
    """What a model says of N films beside the truth.

    Attributes:
        films: (N,) positions of the films in the data set.
        scores: (N,) image-level scores in [0, 1], as the model's decision defines them.
        present: (N,) bool.
        areas: (N,) share of the film that the truth covers.
        groups: (N,) the patient or group of each film, as a number.
    """

    films: NDArray[np.int64]
    scores: Floats
    present: NDArray[np.bool_]
    areas: Floats
    groups: NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """One kind of calibration, judged by cross-fit.

    Attributes:
        kind: of calibration.
        drawn: (draws, N) the probability of each film by the calibration of the folds it is not in.
        figures: `ece`, `brier` and `log_loss`, means over the draws.
        change: the same less those of the scores as they are; below 0 is better.
        beats: kinds that are simpler and worse by an interval of the Brier score.
    """

    kind: CalibrationKind
    drawn: Floats
    figures: dict[str, Estimate]
    change: dict[str, Estimate]
    beats: tuple[CalibrationKind, ...]


@dataclass(frozen=True)
class Calibrated:
    """The outcome: every kind tried, which was taken, and that kind fitted on all films.

    `weights`, (N,), count the films so that `prevalence` of them have a pneumothorax.
    """

    plan: CalibrationPlan
    scored: Scored
    prevalence: float
    weights: Floats
    before: dict[str, Estimate]
    trials: dict[CalibrationKind, Trial]
    kind: CalibrationKind
    shipped: Calibration

    @property
    def chosen(self) -> Trial:
        """The trial of the kind that was taken."""
        return self.trials[self.kind]


def score_films(predictor: Predictor, dataset: Dataset, films: NDArray[np.int64], watch: Watch = iter) -> Scored:
    """Let a model score films with the decision it holds.

    Raises:
        DatasetError: a film was changed.
        UnreadableImage: a film is refused.
    """
    places = [int(index) for index in films]
    scores = [
        decide_grid(predictor.maps(read_case(dataset, index)), predictor.spec, predictor.decision).score
        for index in watch(places)
    ]
    cases = [dataset.cases[index] for index in places]
    return Scored(
        films=films,
        scores=np.array(scores, dtype=np.float64),
        present=np.array([case.present for case in cases], dtype=np.bool_),
        areas=np.array([case.area for case in cases], dtype=np.float64),
        groups=film_groups(dataset, films),
    )


def calibrate(scored: Scored, plan: CalibrationPlan) -> Calibrated:
    """Fit a calibration, and judge it by patient cross-fit.

    Raises:
        DatasetError: too few patients for the folds, or films of one kind only.
    """
    weights = prevalence_weights(scored.present, plan.prevalence)
    kinds = KINDS if plan.kind == "auto" else (plan.kind,)
    drawn = {kind: _cross_fit(scored, kind, weights, plan) for kind in kinds}
    before, trials = _judge(scored, drawn, weights, plan)
    kind = _simplest_unbeaten(trials)
    return Calibrated(
        plan=plan,
        scored=scored,
        prevalence=float(np.average(scored.present, weights=weights)),
        weights=weights,
        before=before,
        trials=trials,
        kind=kind,
        shipped=fit_calibration(scored.scores, scored.present, kind, weights),
    )


def calibration_figures(probabilities: Floats, present: NDArray[np.bool_], weights: Floats) -> Figures:
    """ECE, Brier score and log loss, (rounds,) each, of films that count by their weights, (rounds, N).

    For the log loss, in nats, probabilities are held 1e-6 away from 0 and 1, where it would be infinite.
    """
    inner = np.clip(probabilities, EDGE, 1 - EDGE)
    surprise = -np.log(np.where(present, inner, 1 - inner))
    figures = weighted_calibration(probabilities, present, weights, BINS)
    return {**figures, "log_loss": weights @ surprise / weights.sum(axis=1)}


def _cross_fit(scored: Scored, kind: CalibrationKind, weights: Floats, plan: CalibrationPlan) -> Floats:
    """(draws, N) the probability of each film by a calibration fitted without its patient."""
    drawn = np.empty((plan.draws, scored.films.size))
    for draw in range(plan.draws):
        fold_of = patient_folds(scored.groups, scored.areas, plan.folds, plan.seed + draw)
        for fold in range(plan.folds):
            held, rest = fold_of == fold, fold_of != fold
            fitted = fit_calibration(scored.scores[rest], scored.present[rest], kind, weights[rest])
            drawn[draw, held] = calibrated(scored.scores[held], fitted)
    return drawn


def _judge(
    scored: Scored, drawn: Mapping[CalibrationKind, Floats], weights: Floats, plan: CalibrationPlan
) -> tuple[dict[str, Estimate], dict[CalibrationKind, Trial]]:
    """Figures of the scores and of each kind, and their differences, on the same draws of patients."""
    given = {_BEFORE: scored.scores[None], **{str(kind): runs for kind, runs in drawn.items()}}

    def figures(times: Floats) -> dict[str, Figures]:
        return {name: _mean_figures(runs, scored.present, times * weights) for name, runs in given.items()}

    whole = figures(np.ones((1, scored.films.size)))
    rounds = [figures(times) for times in bootstrap_weights(scored.groups, plan.rounds, plan.seed)]
    rarer = rarer_kind(scored.present, scored.groups)

    def judged(of: str, name: str, against: str | None = None) -> Estimate:
        def value(one: Mapping[str, Figures]) -> Floats:
            return one[of][name] - (0 if against is None else one[against][name])

        drawn_values = np.concatenate([value(one) for one in rounds])
        return estimate(float(value(whole)[0]), drawn_values, rarer, counted=False)

    names = tuple(whole[_BEFORE])
    trials = {
        kind: Trial(
            kind=kind,
            drawn=drawn[kind],
            figures={name: judged(kind, name) for name in names},
            change={name: judged(kind, name, _BEFORE) for name in names},
            beats=tuple(other for other in _simpler(kind, drawn) if judged(kind, JUDGED, other).high < 0),
        )
        for kind in drawn
    }
    return {name: judged(_BEFORE, name) for name in names}, trials


def _mean_figures(runs: Floats, present: NDArray[np.bool_], weights: Floats) -> Figures:
    """Means over runs, (runs, N) probabilities, of each figure, (rounds,)."""
    told = [calibration_figures(run, present, weights) for run in runs]
    return {name: np.mean([one[name] for one in told], axis=0) for name in told[0]}


def _simpler(kind: CalibrationKind, tried: Mapping[CalibrationKind, Floats]) -> list[CalibrationKind]:
    return [other for other in KINDS[: KINDS.index(kind)] if other in tried]


def _simplest_unbeaten(trials: Mapping[CalibrationKind, Trial]) -> CalibrationKind:
    beaten = {other for trial in trials.values() for other in trial.beats}
    return next(kind for kind in KINDS if kind in trials and kind not in beaten)
