"""A training run as one TOML file: what differs between systems is a row here, chosen by name."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pleura.core.recipe.augmentation import Augmentation
from pleura.core.recipe.consistency import Consistency
from pleura.core.recipe.inputs import Inputs, Target
from pleura.core.recipe.loss import Loss
from pleura.core.recipe.network import Network
from pleura.core.recipe.ranges import Count
from pleura.core.recipe.stage import Averaging, Optimiser, Stage, Validation
from pleura.core.spec import NAME, DecisionSpec, Finds
from pleura.core.strict import Strict

Objective = Literal["siim_dice", "pooled_iou"]
GridName = Literal["fine", "roque2025"]


class Tuning(Strict):
    """How `pleura tune` looks for the decision."""

    objective: Objective
    grid: GridName = "fine"


class Recipe(Strict):
    """One training run.

    `reported` is the figure that the source gives, in its own words and on its own data. `finds` is what the masks
    outline. `folds`: how many networks are trained, each without another fold of the `train` films, by patient; 1
    trains one and validates it on `val`.
    """

    name: Annotated[str, Field(pattern=NAME)]
    summary: str
    source: str
    reported: str = ""
    finds: Finds = "pneumothorax"
    seed: Annotated[int, Field(ge=0)]
    precision: Literal["float32", "bfloat16", "float16"]
    network: Network
    input: Inputs
    loss: Loss
    optimiser: Optimiser
    validation: Validation
    decision: DecisionSpec
    tuning: Tuning
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    target: Target = Target()
    augmentation: Augmentation = Augmentation()
    averaging: Averaging = Averaging()
    consistency: Consistency | None = None
    folds: Count = 1
    compile: bool = False

    @model_validator(mode="after")
    def _heads_are_there_and_learn(self) -> "Recipe":
        asked = {"label": self.loss.label + self.loss.label_focal, "distance": self.loss.distance}
        for head, weight in asked.items():
            if (weight > 0) != getattr(self.network, head):
                raise ValueError(f"network.{head} and the loss of that head must stand together")
        if self.decision.needs not in (None, *self.network.heads):
            raise ValueError(f"decision.rule = {self.decision.rule!r} needs network.{self.decision.needs}")
        if self.consistency is not None and self.consistency.label > 0 and not self.network.label:
            raise ValueError("consistency.label needs network.label")
        return self

    @model_validator(mode="after")
    def _patches_fit_every_stage(self) -> "Recipe":
        coarsest, patch = min(stage.resolution for stage in self.stages), self.input.patch
        if patch is not None and patch.side > coarsest:
            raise ValueError(f"input.patch.side ({patch.side}) must not exceed a stage's resolution ({coarsest})")
        return self

    @property
    def epochs(self) -> int:
        """Epochs of all stages together."""
        return sum(stage.epochs for stage in self.stages)
