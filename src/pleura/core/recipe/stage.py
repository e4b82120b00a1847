"""How a recipe's network learns: stages, optimiser, averaging."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pleura.core.recipe.ranges import Count, NonNegative, Positive, Share, Side
from pleura.core.strict import Fraction, Strict


class Stage(Strict):
    """One stretch of training at one resolution.

    `crop`: the network trains on random square crops of that side; it is judged and exported at `resolution`.

    `positive_rate` is the share of films with a pneumothorax in an epoch: all of them stand in it once, with as
    many negatives drawn as that asks for; None takes every film once. It moves in a straight line to
    `positive_rate_end` over the stage's epochs where that is given. `hard_negatives` is the share of those negatives
    that are taken for their false positive pixels when they were last seen; the others are drawn at random. `films`
    cuts an epoch short: so many of those films, drawn anew in every epoch.

    `schedule`: `constant`; `cosine`, half a period down to `floor`; `cosine_restarts`, such a half period every
    `cycle_epochs`; `plateau`, times `plateau_factor` after `plateau_patience` validations without a better value
    since the stage's start; `one_cycle`, up over `rise` of the stage and down to `floor` (arXiv 1708.07120).
    Before any of them it rises in a straight line over `warmup_epochs`.

    `accumulate` batches make one step; a loss that is taken over the batch is taken over each of them. The encoder
    stands still for `freeze_encoder_epochs`. `patience` is that of the recipe's validation where none is given here,
    and ends this stage only, at a validation. `begin` says whether the stage goes on from the last weights or from
    the best checkpoint so far.
    """

    resolution: Side
    epochs: Count
    learning_rate: Positive
    batch: Count
    crop: Side | None = None
    schedule: Literal["constant", "cosine", "cosine_restarts", "plateau", "one_cycle"] = "cosine"
    floor: NonNegative = 1e-6
    warmup_epochs: NonNegative = 0.0
    cycle_epochs: Count = 8
    rise: Fraction = 0.3
    plateau_factor: Fraction = 0.1
    plateau_patience: Annotated[int, Field(ge=0)] = 2
    positive_rate: Share | None = None
    positive_rate_end: Share | None = None
    hard_negatives: Fraction = 0.0
    films: Count | None = None
    accumulate: Count = 1
    freeze_encoder_epochs: Annotated[int, Field(ge=0)] = 0
    patience: Annotated[int, Field(ge=0)] | None = None
    begin: Literal["last", "best"] = "last"

    @model_validator(mode="after")
    def _fits_together(self) -> "Stage":
        if self.schedule != "constant" and self.floor > self.learning_rate:
            raise ValueError(f"floor ({self.floor}) must not be above learning_rate ({self.learning_rate})")
        if self.crop is not None and self.crop > self.resolution:
            raise ValueError(f"crop ({self.crop}) must not be larger than resolution ({self.resolution})")
        if self.positive_rate is None and (self.positive_rate_end is not None or self.hard_negatives > 0):
            raise ValueError("positive_rate_end and hard_negatives need a positive_rate")
        return self


class Optimiser(Strict):
    """Adam or AdamW with weight decay and gradient clipping by norm (0 = none); `ema` 0 keeps no average."""

    name: Literal["adam", "adamw"]
    weight_decay: NonNegative = 0.0
    clip_norm: NonNegative = 0.0
    ema: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0


class Averaging(Strict):
    """What is kept beside the weights of the last step (the moving average is the optimiser's `ema`).

    `swa_epochs`: the weights of that many last epochs are averaged at the end, their batch norm measured anew on
    training films, and the outcome stands for the best checkpoint where it is better (arXiv 1803.05407). `keep`: so
    many best checkpoints become one model each, whose probabilities are averaged.
    """

    swa_epochs: Annotated[int, Field(ge=0)] = 0
    keep: Count = 1


class Validation(Strict):
    """Which metric picks the best checkpoint, and when to stop for want of a better one.

    Every `every` epochs and at the end of each stage the films are judged at the stage's resolution. The best of all
    stages is kept with its own resolution: scores are shares of a film's area and compare across them. `patience`
    epochs without a better value end the stage; 0 never does.
    """

    monitor: str
    patience: Annotated[int, Field(ge=0)] = 0
    tta: Literal["none", "flip"] = "none"
    every: Count = 1
