"""Any recipe at a smaller cost, with all of its parts, stages, heads and averages, or with another encoder."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pleura.core.recipe.recipe import Recipe
from pleura.core.recipe.stage import Averaging, Stage, Validation
from pleura.core.recipe.system import System

BudgetName = Literal["smoke", "small", "full"]

_STEP = 32
"""Sides of films are multiples of this."""


@dataclass(frozen=True)
class _Budget:
    """The most that a recipe may cost: side of its finest stage, epochs of all stages, folds, kept checkpoints."""

    side: int
    epochs: int
    folds: int
    keep: int


_BUDGETS: dict[BudgetName, _Budget | None] = {
    "smoke": _Budget(side=64, epochs=1, folds=2, keep=2),
    "small": _Budget(side=256, epochs=12, folds=2, keep=3),
    "full": None,
}


def scale_system(system: System, name: BudgetName) -> System:
    """A system whose every training run keeps to a budget; its decision's areas are of a 1024 film and stay."""
    return _each(system, lambda recipe: scale_recipe(recipe, name))


def scale_recipe(recipe: Recipe, name: BudgetName) -> Recipe:
    """A recipe within a budget, of the same structure.

    Sides (resolution, crop, patch) shrink by one factor, epochs (of stages, and all that is counted in them: warm-up,
    cycles, frozen encoder, patience, averages, ramps) by another. No stage gets less than one epoch, and nothing that
    is on is scaled to nothing. Folds and kept checkpoints are cut to the budget's. A recipe
    that costs less already stays as it is.
    """
    budget = _BUDGETS[name]
    if budget is None:
        return recipe
    finer = min(1.0, budget.side / max(stage.resolution for stage in recipe.stages))
    longer = min(1.0, budget.epochs / recipe.epochs)
    stages = tuple(_stage(stage, finer, longer) for stage in recipe.stages)
    epochs = sum(stage.epochs for stage in stages)
    patch = recipe.input.patch
    if patch is not None:
        patch = patch.model_copy(update={"side": _side(patch.side, finer)})
    changes = {
        "stages": stages,
        "folds": min(recipe.folds, budget.folds),
        "input": recipe.input.model_copy(update={"patch": patch}),
        "validation": _validation(recipe.validation, longer),
        "averaging": _averaging(recipe.averaging, longer, epochs, budget.keep),
    }
    if recipe.consistency is not None:
        decays: dict[int, float] = {}
        for epoch, decay in recipe.consistency.decays:
            decays.setdefault(round(epoch * longer), decay)
        ramp = recipe.consistency.ramp_epochs * longer
        changes["consistency"] = recipe.consistency.model_copy(
            update={"decays": tuple(decays.items()), "ramp_epochs": ramp}
        )
    return Recipe.model_validate(recipe.model_copy(update=changes).model_dump())


def with_encoder(system: System, encoder: str | None, weights: str) -> System:
    """A system with other first weights in every part, and another encoder: its own weights may be out of reach."""
    swapped = {"weights": weights} if encoder is None else {"encoder": encoder, "weights": weights}
    return _each(
        system, lambda recipe: recipe.model_copy(update={"network": recipe.network.model_copy(update=swapped)})
    )


def _each(system: System, change: Callable[[Recipe], Recipe]) -> System:
    parts = tuple(part.model_copy(update={"recipe": change(part.recipe)}) for part in system.parts)
    return system.model_copy(update={"parts": parts})


def _stage(stage: Stage, finer: float, longer: float) -> Stage:
    epochs = max(1, round(stage.epochs * longer))
    share = epochs / stage.epochs
    return stage.model_copy(
        update={
            "resolution": _side(stage.resolution, finer),
            "crop": None if stage.crop is None else _side(stage.crop, finer),
            "epochs": epochs,
            "warmup_epochs": stage.warmup_epochs * share,
            "cycle_epochs": _some(stage.cycle_epochs, share),
            "plateau_patience": _some(stage.plateau_patience, share),
            "freeze_encoder_epochs": _some(stage.freeze_encoder_epochs, share),
            "patience": None if stage.patience is None else _some(stage.patience, share),
        }
    )


def _validation(validation: Validation, longer: float) -> Validation:
    scaled = {name: _some(getattr(validation, name), longer) for name in ("patience", "every")}
    return validation.model_copy(update=scaled)


def _averaging(averaging: Averaging, longer: float, epochs: int, keep: int) -> Averaging:
    swa = min(epochs, _some(averaging.swa_epochs, longer))
    return averaging.model_copy(update={"swa_epochs": swa, "keep": min(averaging.keep, epochs, keep)})


def _some(count: int, share: float) -> int:
    """A share of a count: at least 1 of what is more than none."""
    return max(1, round(count * share)) if count > 0 else 0


def _side(side: int, finer: float) -> int:
    return max(_STEP, round(side * finer / _STEP) * _STEP)
