"""What a model file says about itself: how a film becomes its input and its output a decision."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

REFERENCE_SIDE = 1024
"""Areas in a decision are pixels of a 1024 x 1024 film, so that they mean the same at every input side."""

NAME = r"^[a-z0-9][a-z0-9._-]*$"
"""What a model or a recipe may be called: it becomes part of file names."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Strict(BaseModel):
    """Immutable; no key is accepted that is not named here, and no number that is infinite or none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Contrast(Strict):
    """How grey values are spread before a network sees them; every model has to say.

    `declared` keeps the range that the file declares. `percentile` stretches the `low`..`high` percentiles of the
    exposed field to [0, 1]. `voi_percentile` applies the header's display curve first, where there is one.
    """

    kind: Literal["declared", "percentile", "voi_percentile"]
    low: Annotated[float, Field(ge=0.0, lt=50.0)] = 0.5
    high: Annotated[float, Field(gt=50.0, le=100.0)] = 99.5


class Crop(Strict):
    """A fixed crop in fractions of the film, widened by `margin_px` (of a 1024 film) and clipped to it."""

    top: Fraction
    bottom: Fraction
    left: Fraction
    right: Fraction
    margin_px: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _has_an_inside(self) -> "Crop":
        if self.top >= self.bottom or self.left >= self.right:
            raise ValueError("crop: top must be below bottom and left below right")
        return self


class Clahe(Strict):
    """Contrast-limited adaptive histogram equalisation (Zuiderveld 1994) on `tiles` x `tiles` fields."""

    clip: Annotated[float, Field(gt=0.0)] = 2.0
    tiles: Annotated[int, Field(ge=1)] = 8


class InputSpec(Strict):
    """From a film to a network's input: crop, resize, contrast, CLAHE, channels, mean and standard deviation."""

    side: Annotated[int, Field(ge=32, le=4096, multiple_of=32)]
    channels: Literal[1, 3]
    polarity: Literal["dense_is_high"] = "dense_is_high"
    value_range: tuple[Literal[0], Literal[1]] = (0, 1)
    contrast: Contrast
    crop: Crop | None = None
    clahe: Clahe | None = None
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @model_validator(mode="after")
    def _one_mean_a_channel(self) -> "InputSpec":
        if len(self.mean) != self.channels or len(self.std) != self.channels:
            raise ValueError(f"mean and std must have {self.channels} value(s), one a channel")
        if min(self.std) <= 0:
            raise ValueError("std must be above 0")
        return self


class DecisionSpec(Strict):
    """From a probability map to a yes or no and an outline.

    `triplet`: present where at least `area` pixels exceed `top`; the outline is then p > `bottom`.
    `threshold`: the outline is p > `bottom`, and present means that any of it is left; `top` and `area` are unused.
    Either way parts under `removal` pixels are dropped. Areas are in pixels of a 1024 x 1024 film. `tta`: `flip`
    averages the map with that of the mirrored film. Source: the triplet rule of the SIIM-ACR 2019 winner.
    """

    rule: Literal["threshold", "triplet"]
    bottom: Fraction
    top: Fraction = 0.5
    area: Annotated[int, Field(ge=1)] = 1
    removal: Annotated[int, Field(ge=0)] = 0
    tta: Literal["none", "flip"] = "flip"

    @model_validator(mode="after")
    def _outline_is_wider_than_presence(self) -> "DecisionSpec":
        if self.rule == "triplet" and self.bottom > self.top:
            raise ValueError(f"triplet rule: bottom ({self.bottom}) must not be above top ({self.top})")
        return self


class TrainingRecord(Strict):
    """Where a model came from: enough to train it again and to notice when it is judged on its own data.

    `started_from`: sha256 of the checkpoint whose network the run began with, where there was one.
    """

    recipe: dict[str, Any]
    data_name: str
    data_sha256: str
    code_version: str
    epochs: int
    checkpoint: str
    started_from: str | None = None


class TuningRecord(Strict):
    """Which films the decision was fitted on."""

    data_name: str
    data_sha256: str
    films: int
    patients: int
    objective: str


class ModelSpec(Strict):
    """The JSON under the `pleura` key of a model file's metadata; a file without a valid one is refused."""

    format: Literal[1] = 1
    name: Annotated[str, Field(pattern=NAME)]
    version: str
    architecture: str
    input: InputSpec
    decision: DecisionSpec
    training: TrainingRecord | None
    tuning: TuningRecord | None = None
    figures: dict[str, dict[str, float]] = {}
    licence: str = "Apache-2.0"
    intended_use: str = "Research use. Not a medical device."
