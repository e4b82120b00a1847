"""What a recipe minimises."""

from typing import Literal

from pydantic import model_validator

from pleura.core.recipe.ranges import NonNegative, Positive
from pleura.core.strict import Fraction, Strict

TERMS = ("bce", "dice", "focal", "tversky", "focal_tversky", "lovasz", "distance", "label", "label_focal")
"""Loss terms by name; a recipe gives each its weight."""


class Loss(Strict):
    """Weights of the loss terms, 0 where one is left out, and their settings.

    `bce`: mean over pixels, those of a pneumothorax count `positive_weight` times. `dice`: one minus the soft Dice
    (of plain sums, arXiv 1707.03237), taken over each film, the batch, or each film with a pneumothorax,
    `dice_smooth` above and below. `focal`: arXiv 1708.02002. `tversky`: arXiv 1706.05721, weighs false positives by
    `tversky_alpha` and false negatives by `tversky_beta`; `focal_tversky` (arXiv 1810.07842) takes it to the power of
    `focal_tversky_gamma`; both over the batch, with `dice_smooth` too. `lovasz`: hinge, arXiv 1705.08790, film by
    film. `distance`: regression of the signed distance map, pixels near the boundary count more. `label`,
    `label_focal`: of the image-level head.
    `deep` weighs the mean loss of the levels of a deeply supervised network against that of its mask.
    """

    bce: NonNegative = 0.0
    dice: NonNegative = 0.0
    focal: NonNegative = 0.0
    tversky: NonNegative = 0.0
    focal_tversky: NonNegative = 0.0
    lovasz: NonNegative = 0.0
    distance: NonNegative = 0.0
    label: NonNegative = 0.0
    label_focal: NonNegative = 0.0
    positive_weight: Positive = 1.0
    dice_pooling: Literal["image", "batch", "non_empty"] = "batch"
    dice_smooth: Positive = 1.0
    focal_gamma: NonNegative = 2.0
    tversky_alpha: Fraction = 0.3
    tversky_beta: Fraction = 0.7
    focal_tversky_gamma: Positive = 0.75
    deep: NonNegative = 1.0

    @model_validator(mode="after")
    def _weighs_something(self) -> "Loss":
        if sum(getattr(self, name) for name in TERMS) <= 0:
            raise ValueError("loss: at least one weight must be above 0")
        return self
