"""What a recipe's network sees and what it is asked for."""

from typing import Literal

from pleura.core.recipe.ranges import NonNegative
from pleura.core.spec import Clahe, Contrast, Crop, LungCrop, Patch
from pleura.core.strict import Fraction, Strict


class Inputs(Strict):
    """What the network sees; `normalisation` is the encoder's own mean and deviation or none (0 and 1)."""

    channels: Literal[1, 3]
    normalisation: Literal["encoder", "none"]
    contrast: Contrast
    crop: Crop | None = None
    lung_crop: LungCrop | None = None
    clahe: Clahe | None = None
    patch: Patch | None = None


class Target(Strict):
    """What the network is asked for: the mask grown by `grow_px` and blurred by `blur_px` (of a 1024 film).

    `soft` is the share of a teacher's map in the target of a film that has both a map and a mask (`--soft`).
    """

    grow_px: NonNegative = 0.0
    blur_px: NonNegative = 0.0
    soft: Fraction = 1.0
