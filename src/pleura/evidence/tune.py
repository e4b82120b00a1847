"""The decision of a model, fitted on labelled films, with figures that no film's own patient had a hand in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import ModelFileError
from pleura.core.recipe import GridName, Objective, Tuning
from pleura.core.spec import Rule
from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.candidates import candidates
from pleura.evidence.crossfit import CrossFit, Fitted, Fitting, cross_fit, fit, judge
from pleura.evidence.films import Watch, read_case
from pleura.evidence.judged import Judged
from pleura.evidence.tally import FilmTally, Tally, tally_film
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
    """

    plan: TunePlan
    fitting: Fitting
    films: NDArray[np.int64]
    draws: tuple[CrossFit, ...]
    shipped: Fitted
    seen: Judged

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
    own = predictor.decision
    fitting = Fitting(candidates(plan.grid, plan.rule or own.rule, predictor.spec), plan.objective, own)
    positions = [int(index) for index in films]
    tally = Tally.gather(_tallies(predictor, dataset, positions, fitting, watch))
    shipped = fit(tally, fitting)
    groups = film_groups(dataset, films)
    return Tuned(
        plan=plan,
        fitting=fitting,
        films=films,
        draws=tuple(cross_fit(tally, groups, fitting, plan.folds, plan.seed + draw) for draw in range(plan.draws)),
        shipped=shipped,
        seen=judge(tally, shipped),
    )


def recipe_tuning(model: Model | Blend) -> Tuning:
    """How a model's recipe asks for it to be tuned; for a blend, what all its members' recipes agree on.

    Raises:
        ModelFileError: no recipe says it, or the recipes of a blend's members differ.
    """
    models = model.models if isinstance(model, Blend) else (model,)
    remedy = "Say it with --objective and --grid."
    asked = [single.spec.training.recipe.get("tuning") for single in models if single.spec.training is not None]
    if len(asked) < len(models) or any(one is None for one in asked):
        raise ModelFileError(model.path, "no recipe says how to tune it", remedy)
    plans = {Tuning.model_validate(one) for one in asked}
    if len(plans) > 1:
        raise ModelFileError(model.path, "the recipes of its members ask for different tunings", remedy)
    return plans.pop()


def _tallies(
    predictor: Predictor, dataset: Dataset, films: Sequence[int], fitting: Fitting, watch: Watch
) -> Iterator[FilmTally]:
    for index in watch(films):
        maps = predictor.maps(read_case(dataset, index))
        yield tally_film(maps, dataset.truth(index), predictor.spec, fitting.tried)
