"""How a recipe learns from films without labels."""

from typing import Annotated

from pydantic import Field, model_validator

from pleura.core.recipe.ranges import Count, NonNegative
from pleura.core.strict import Strict

Decay = Annotated[float, Field(ge=0.0, lt=1.0)]


class Consistency(Strict):
    """Mean teacher (arXiv 1703.01780): the student shall say of an unlabelled film what its moving average says.

    Each step takes `films` unlabelled ones. The term is the mean squared difference of mask probabilities, plus
    `label` times that of the label's, and counts `weight`, risen over `ramp_epochs` as exp(-5 (1 - t)^2).
    `decays`: the teacher's decay from an epoch on, as pairs (epoch, decay) in rising order, the first from epoch 0.
    """

    weight: NonNegative
    label: NonNegative = 0.0
    ramp_epochs: NonNegative = 0.0
    films: Count = 4
    decays: Annotated[tuple[tuple[Annotated[int, Field(ge=0)], Decay], ...], Field(min_length=1)] = ((0, 0.99),)

    @model_validator(mode="after")
    def _decays_cover_every_epoch(self) -> "Consistency":
        starts = [epoch for epoch, _ in self.decays]
        if starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError(f"decays must begin at epoch 0 and go on in rising order, not at {starts}")
        return self
