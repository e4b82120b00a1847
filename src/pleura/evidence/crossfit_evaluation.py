"""A model judged with a decision and a calibration fitted anew, by patient cross-fit, on the films it is judged on.

No film is judged by a decision that saw its patient; the network is the model's own. Folds are drawn several times,
and each draw is one run.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pleura.core.calibration import Calibration, calibrated
from pleura.core.postprocess import decide, decide_grid
from pleura.core.rle import encode
from pleura.core.spec import DecisionSpec
from pleura.core.types import Mask
from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.calibration_fit import fit_calibration
from pleura.evidence.crossfit import Fold, cross_fit, judge
from pleura.evidence.evaluate import Judgement, Outcome, prevalence_notes, reader_words, soft_sums
from pleura.evidence.film_result import FilmResult, Said, gather, judge_film
from pleura.evidence.films import Watch, read_case
from pleura.evidence.honesty import honesty
from pleura.evidence.kept_maps import KEPT_BYTES, Both, KeptMaps
from pleura.evidence.reading import Reading, Show, show_nothing
from pleura.evidence.tally import Tally, tally_film
from pleura.evidence.tune import TunePlan, fitting_of
from pleura.predict import Predictor
from pleura.predict.clock import Clock
from pleura.runtime import Blend, Model

_ANEW = "they are of a calibration that was fitted anew to the prevalence of the films on which it is judged"


def judge_cross_fit(
    model: Model | Blend,
    predictor: Predictor,
    dataset: Dataset,
    films: NDArray[np.int64],
    plan: TunePlan,
    show: Show = show_nothing,
    watch: Watch = iter,
) -> Judgement:
    """Judge a model by cross-fit, beside what its network is known to have seen (`evaluate_cross_fit`).

    Raises:
        DatasetError: too few patients for the folds, or a film that was changed.
        DecisionError: the rule needs a head that the model does not have.
        EngineError: the network gives no numbers.
        RecipeError: the grid has not the axes of the rule.
        UnreadableImage: a film is refused.
    """
    outcome = evaluate_cross_fit(predictor, dataset, films, plan, show, watch)
    found = honesty(model, dataset, films, fitted_anew=True)
    fitted = f"{plan.folds}-fold patient cross-fit, {plan.draws} draws, {plan.objective} on the grid {plan.grid}"
    words = {
        **dict(reader_words(model, predictor)),
        "decision": fitted,
        "decision fitted on": "other patients' films",
    }
    return Judgement(
        title=f"{model.spec.name} {model.spec.version}",
        words=tuple(words.items()),
        runs=outcome.runs,
        warnings=found.warnings,
        kind="cross-fit",
        model=model,
        timings=outcome.timings,
        outlines=outcome.outlines,
        seen=int(found.seen.sum()),
        notes=prevalence_notes(model, dataset, films, _ANEW),
    )


@dataclass(frozen=True)
class _Judge:
    """What judges a film: fitted on films of other patients."""

    decision: DecisionSpec
    calibration: Calibration | None

    def complete(self, said: Said) -> Said:
        """The same with its probability."""
        probability = None if self.calibration is None else calibrated(said.score, self.calibration)
        return replace(said, probability=probability)


@dataclass(frozen=True, eq=False)
class _Cut:
    """A film under one decision."""

    mask: Mask
    result: FilmResult
    code: str


class _Films:
    """A model and the films that it reads; counts how long it takes."""

    def __init__(self, predictor: Predictor, dataset: Dataset) -> None:
        self.predictor, self.dataset = predictor, dataset
        self.clock, self._reads, self._cuts = Clock(), 0, 0

    def read(self, index: int) -> Both:
        """What the model says of a film without and with the mirrored film."""
        self._reads += 1
        with self.clock.stage("read"):
            film = read_case(self.dataset, index)
        return self.predictor.both(film, self.clock)

    def timings(self) -> dict[str, float]:
        """Mean seconds of each stage, for one film read once and judged by one decision."""
        per = {"decide": self._cuts, "score": self._cuts}
        return {stage: seconds / per.get(stage, self._reads) for stage, seconds in self.clock.seconds.items()}

    def cut(self, index: int, maps: Both, decision: DecisionSpec) -> _Cut:
        """Judge a film by one decision."""
        self._cuts += 1
        spec, truth = self.predictor.spec, self.dataset.truth(index)
        own, other = maps[::-1] if decision.tta == "flip" else maps
        with self.clock.stage("decide"):
            verdict = decide(own, truth.shape, spec, decision)
            second = decide_grid(other, spec, decision).present
        decisions = (second, verdict.present) if decision.tta == "flip" else (verdict.present, second)
        with self.clock.stage("score"):
            said = Said(verdict.score, verdict.present, None, decisions, soft_sums(verdict.probabilities, truth))
            result = judge_film(verdict.mask, truth, self.dataset.cases[index], said)
            return _Cut(verdict.mask, result, encode(verdict.mask))


def evaluate_cross_fit(
    predictor: Predictor,
    dataset: Dataset,
    films: NDArray[np.int64],
    plan: TunePlan,
    show: Show = show_nothing,
    watch: Watch = iter,
    most_bytes: int = KEPT_BYTES,
) -> Outcome:
    """Judge a model by cross-fit: a run for each draw of folds.

    Args:
        predictor: the model; its decision gives the test-time augmentation, and whether there is a calibration.
        dataset: the films.
        films: (N,) positions of those to judge on.
        plan: what is tried and maximised, how many folds, how often they are drawn.
        show: sees each film as the first draw decides it.
        watch: sees each film as its turn comes, twice.
        most_bytes: that maps may take in memory; films beyond it are read twice.

    Raises:
        DatasetError: too few patients for the folds, or a film that was changed.
        DecisionError: the rule needs a head that the model does not have.
        EngineError: the network gives no numbers.
        RecipeError: the grid has not the axes of the rule.
        UnreadableImage: a film is refused.
    """
    reader = _Films(predictor, dataset)
    kept = KeptMaps(reader.read, most_bytes)
    judges = _fit(reader, films, plan, kept, watch)
    results: list[list[FilmResult]] = [[] for _ in judges]
    codes: list[list[str]] = [[] for _ in judges]
    for place, index in enumerate(watch([int(index) for index in films])):
        maps, cuts = kept.both(index), dict[DecisionSpec, _Cut]()
        for draw, of_a_draw in enumerate(judges):
            one = of_a_draw[place]
            cut = cuts.get(one.decision) or reader.cut(index, maps, one.decision)
            cuts[one.decision] = cut
            said = one.complete(cut.result.said)
            if draw == 0:
                film, truth = read_case(dataset, index), dataset.truth(index)
                show(Reading(index, film, truth, cut.mask, said.score, said.present, said.probability))
            results[draw].append(replace(cut.result, said=said))
            codes[draw].append(cut.code)
    return Outcome(
        runs=tuple(gather(films, of_a_draw) for of_a_draw in results),
        outlines=tuple(tuple(of_a_draw) for of_a_draw in codes),
        timings=reader.timings(),
    )


def _fit(
    reader: _Films, films: NDArray[np.int64], plan: TunePlan, kept: KeptMaps, watch: Watch
) -> list[list[_Judge]]:
    """What judges each film in each draw: draws by films."""
    predictor, dataset = reader.predictor, reader.dataset
    fitting = fitting_of(plan, predictor.decision, predictor.spec)
    own = int(predictor.decision.tta == "flip")
    tally = Tally.gather(
        tally_film(kept.both(index)[own], dataset.truth(index), predictor.spec, fitting.tried)
        for index in watch([int(index) for index in films])
    )
    groups = film_groups(dataset, films)
    drawn = [cross_fit(tally, groups, fitting, plan.folds, plan.seed + draw) for draw in range(plan.draws)]
    return [_judges(tally, draw.folds, predictor.calibration) for draw in drawn]


def _judges(tally: Tally, folds: tuple[Fold, ...], model_has: Calibration | None) -> list[_Judge]:
    """The judge of each film: the decision of its fold, and a calibration of that decision's scores on the others."""
    of_film: dict[int, _Judge] = {}
    everything = np.arange(tally.true.size)
    for fold in folds:
        calibration = None
        if model_has is not None:
            rest = judge(tally.take(np.setdiff1d(everything, fold.films)), fold)
            calibration = fit_calibration(rest.scores, rest.present, model_has.kind)
        of_film.update(dict.fromkeys(fold.films.tolist(), _Judge(fold.decision, calibration)))
    return [of_film[place] for place in range(tally.true.size)]
