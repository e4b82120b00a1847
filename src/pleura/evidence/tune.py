"""The decision of a model, fitted on labelled films, with figures that no film's own patient had a hand in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import ModelFileError
from pleura.core.recipe import GridName, Objective, Tuning
from pleura.core.spec import DecisionSpec, InputSpec, Rule
from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.candidates import candidates
from pleura.evidence.crossfit import CrossFit, Fitted, Fitting, cross_fit, fit, judge
from pleura.evidence.films import Watch, read_case
from pleura.evidence.judged import Judged
from pleura.evidence.system_maps import SystemMaps
from pleura.evidence.tally import Tally, tally_film
from pleura.predict import Predictor
from pleura.runtime import Blend, Model


@dataclass(frozen=True)
class TunePlan:
    """How to tune.

    Attributes:
        objective: what is maximised.
        grid: which candidates are tried.
        rule: of the decision; None takes that of the model's own.
        folds: of the cross-fit by patient, at least 2.
        seed: of the first draw of folds; each further draw takes the next number.
        draws: how often the folds are drawn, at least 1. With few patients the figures hang on the draw, so that
            one draw alone could be picked for its luck.
    """

    objective: Objective
    grid: GridName
    rule: Rule | None = None
    folds: int = 5
    seed: int = 42
    draws: int = 10


@dataclass(frozen=True)
class Spread:
    """A figure over several draws of folds; NaN where it is undefined."""

    mean: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of at least one value."""
        return cls(float(np.mean(values)), float(np.min(values)), float(np.max(values)))


@dataclass(frozen=True)
class Tuned:
    """The outcome of a tuning.

    Attributes:
        plan: how it was tuned.
        fitting: the candidates that were tried.
        films: (N,) positions of the films in the data set.
        draws: a cross-fit for each draw of folds; their mean figures are what to publish.
        shipped: the decision fitted on all films.
        seen: all films judged by the shipped decision, which saw them: figures too good to publish.
        out_of_fold: whether each film was read by the networks of one fold only, which did not learn from it.
    """

    plan: TunePlan
    fitting: Fitting
    films: NDArray[np.int64]
    draws: tuple[CrossFit, ...]
    shipped: Fitted
    seen: Judged
    out_of_fold: bool = False

    @property
    def kind(self) -> str:
        """What its published figures are."""
        return "out-of-fold cross-fit" if self.out_of_fold else "cross-fit"

    def published(self, places: NDArray[np.int64]) -> dict[str, Spread]:
        """Each figure over some of the films, places within `films`: its mean over the draws, and its extremes."""
        drawn = [draw.judged.take(places).figures() for draw in self.draws]
        return {name: Spread.of([figures[name] for figures in drawn]) for name in drawn[0]}


def tune(
    predictor: Predictor, dataset: Dataset, films: NDArray[np.int64], plan: TunePlan, watch: Watch = iter
) -> Tuned:
    """Fit a model's decision on labelled films.

    Args:
        predictor: the model; its own decision gives the test-time augmentation, and the rule where the plan has none.
        dataset: the films.
        films: (N,) positions of those to use.
        plan: how.
        watch: sees each film as its turn comes.

    Raises:
        DatasetError: too few patients for the folds, or a film that was changed.
        DecisionError: the rule needs a head that the model does not have.
        RecipeError: the grid has not the axes of the rule.
        UnreadableImage: a film is refused.
    """
    fitting = fitting_of(plan, predictor.decision, predictor.spec)
    tallies = (
        tally_film(predictor.maps(read_case(dataset, index)), dataset.truth(index), predictor.spec, fitting.tried)
        for index in watch([int(index) for index in films])
    )
    return _tune(Tally.gather(tallies), fitting, film_groups(dataset, films), films, plan)


def tune_out_of_fold(
    maps: SystemMaps, own: DecisionSpec, dataset: Dataset, plan: TunePlan, watch: Watch = iter
) -> Tuned:
    """Fit the decision of a trained system's blend on what its folds say of the films that each left out.

    Args:
        maps: the films as one set.
        own: the blend's decision, for its test-time augmentation, and the rule where the plan has none.
        dataset: what the system was trained on.
        plan: how.
        watch: sees the place of each film as its turn comes.

    Raises:
        DatasetError: too few patients for the folds, or another data set.
        DecisionError: the rule needs a head that the system does not have.
        RecipeError: the grid has not the axes of the rule.
    """
    maps.check(dataset)
    films = maps.films
    fitting = fitting_of(plan, own, maps.spec)
    tallies = (
        tally_film(maps.film(place), dataset.truth(int(films[place])), maps.spec, fitting.tried)
        for place in watch(range(films.size))
    )
    tuned = _tune(Tally.gather(tallies), fitting, film_groups(dataset, films), films, plan)
    return replace(tuned, out_of_fold=True)


def fitting_of(plan: TunePlan, own: DecisionSpec, spec: InputSpec) -> Fitting:
    """What a plan tries for a model of this decision and input.

    Raises:
        RecipeError: the grid has not the axes of the rule.
    """
    return Fitting(candidates(plan.grid, plan.rule or own.rule, spec), plan.objective, own)


def _tune(
    tally: Tally, fitting: Fitting, groups: NDArray[np.int64], films: NDArray[np.int64], plan: TunePlan
) -> Tuned:
    shipped = fit(tally, fitting)
    return Tuned(
        plan=plan,
        fitting=fitting,
        films=films,
        draws=tuple(cross_fit(tally, groups, fitting, plan.folds, plan.seed + draw) for draw in range(plan.draws)),
        shipped=shipped,
        seen=judge(tally, shipped),
    )


def recipe_tuning(model: Model | Blend) -> Tuning:
    """How a model's recipe asks for it to be tuned; for a blend, what the recipes of its members agree on.

    One that shows where the lungs are has no part in the blend's decision, nor in this.

    Raises:
        ModelFileError: no recipe says it, or the recipes of a blend's members differ.
    """
    deciding = (*model.cast("segment"), *model.cast("classify")) if isinstance(model, Blend) else ((model, 1.0),)
    models = [single for single, _ in deciding]
    remedy = "Say it with --objective and --grid."
    asked = [single.spec.training.recipe.get("tuning") for single in models if single.spec.training is not None]
    if len(asked) < len(models) or any(one is None for one in asked):
        raise ModelFileError(model.path, "no recipe says how to tune it", remedy)
    plans = {Tuning.model_validate(one) for one in asked}
    if len(plans) > 1:
        raise ModelFileError(model.path, "the recipes of its members ask for different tunings", remedy)
    return plans.pop()
