"""What a model file says about itself: how a film becomes its input and its output a decision."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pleura.core.calibration import Calibration, CalibrationRecord
from pleura.core.strict import Fraction, Strict

REFERENCE_SIDE = 1024
"""Areas in a decision are pixels of a 1024 x 1024 film, so that they mean the same at every input side."""

NAME = r"^[a-z0-9][a-z0-9._-]*$"
"""What a model or a recipe may be called: it becomes part of file names."""

Head = Literal["label", "distance"]
"""What a network may give beside its mask."""

Rule = Literal["threshold", "doublet", "triplet", "label_gated", "distance"]
"""How a decision is taken; `DecisionSpec` says what each means."""

Finds = Literal["pneumothorax", "lungs"]
"""What a model outlines; one of the lungs must never speak for a pneumothorax."""


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


SIDE_STEP = 32
"""Encoders halve a film five times."""

Side = Annotated[int, Field(ge=SIDE_STEP, le=4096, multiple_of=SIDE_STEP)]


class LungCrop(Strict):
    """The smallest upright box around both lungs, widened on every side by `margin`, a fraction of its own sides.

    The lungs are found by a second model, of the role `lungs`; where it finds none the film is taken whole.
    """

    margin: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1


class Patch(Strict):
    """The network sees windows of `side` x `side` pixels of the grid, each overlapping the next by `overlap` of it.

    Where windows overlap, their logits are averaged under a Gaussian weight of deviation side / 8 about the middle.
    Of an image-level head the largest window's logit is the film's.
    """

    side: Side
    overlap: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5


class InputSpec(Strict):
    """From a film to a network's input: crop, resize, contrast, CLAHE, channels, mean and standard deviation.

    `side` is that of the grid that the whole (or cropped) film is resized to; with `patch` the network sees windows
    of it.
    """

    side: Side
    channels: Literal[1, 3]
    polarity: Literal["dense_is_high"] = "dense_is_high"
    value_range: tuple[Literal[0], Literal[1]] = (0, 1)
    contrast: Contrast
    crop: Crop | None = None
    lung_crop: LungCrop | None = None
    clahe: Clahe | None = None
    patch: Patch | None = None
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @model_validator(mode="after")
    def _one_mean_a_channel(self) -> "InputSpec":
        if len(self.mean) != self.channels or len(self.std) != self.channels:
            raise ValueError(f"mean and std must have {self.channels} value(s), one a channel")
        if min(self.std) <= 0:
            raise ValueError("std must be above 0")
        if self.crop is not None and self.lung_crop is not None:
            raise ValueError("a film is cropped by fixed fractions or around the lungs, not both")
        if self.patch is not None and self.patch.side > self.side:
            raise ValueError(f"patch.side ({self.patch.side}) must not be larger than side ({self.side})")
        return self

    @property
    def network_side(self) -> int:
        """Rows and columns of what the network itself takes: the grid's, or a patch's."""
        return self.side if self.patch is None else self.patch.side

    def cropped(self, crop: Crop | None) -> "InputSpec":
        """The same for a film of which this part is seen, None for the whole of it; lungs are not looked for."""
        return self.model_copy(update={"crop": crop, "lung_crop": None})

    def at_scale(self, scale: float) -> "InputSpec":
        """The same on a grid `scale` times as large, to the nearest multiple of 32 and not under a patch's side."""
        side = round(self.side * scale / SIDE_STEP) * SIDE_STEP
        return self.model_copy(update={"side": max(side, SIDE_STEP if self.patch is None else self.patch.side)})

    def other_sides(self, scales: tuple[float, ...]) -> set[int]:
        """Sides beside `network_side` that the network must take where a film is read at these scales."""
        return {self.at_scale(scale).network_side for scale in scales} - {self.network_side}


class DecisionSpec(Strict):
    """From what a network says of a film to a yes or no and an outline.

    Presence, then outline, p being the mask's probabilities:

    `threshold`: the outline is p > `bottom`, and present means that any of it is left; `top` and `area` are unused.
    `doublet`: at least `area` pixels exceed `top`, and the outline is p > `top`; `bottom` equals it.
    `triplet`: at least `area` pixels exceed `top`; the outline is p > `bottom`.
    `label_gated`: as `triplet`, and the label's probability must exceed `label`.
    `distance`: present as `triplet`; the outline is where the signed distance map lies under `cut`.

    Under every rule parts under `removal` pixels are dropped. Areas are in pixels of a 1024 x 1024 film. `tta`:
    `flip` averages with the mirrored film; `scales` averages over the film read at each of these multiples of the
    model's side. Sources: the triplet rule is that of the SIIM-ACR 2019 winner, the gate that of places 2 and 4, the
    distance rule DeepSDM's (Neurocomputing 454:201).
    """

    rule: Rule
    bottom: Fraction = 0.5
    top: Fraction = 0.5
    area: Annotated[int, Field(ge=1)] = 1
    label: Fraction = 0.5
    cut: Annotated[float, Field(ge=-1.0, le=1.0)] = 0.0
    removal: Annotated[int, Field(ge=0)] = 0
    tta: Literal["none", "flip"] = "flip"
    scales: Annotated[tuple[Annotated[float, Field(ge=0.25, le=4.0)], ...], Field(min_length=1)] = (1.0,)

    @model_validator(mode="after")
    def _outline_is_wider_than_presence(self) -> "DecisionSpec":
        if self.rule in ("triplet", "label_gated") and self.bottom > self.top:
            raise ValueError(f"{self.rule} rule: bottom ({self.bottom}) must not be above top ({self.top})")
        if self.rule == "doublet" and self.bottom != self.top:
            raise ValueError(f"doublet rule: bottom ({self.bottom}) must equal top ({self.top})")
        return self

    @property
    def needs(self) -> Head | None:
        """The head without which the rule cannot decide."""
        gated: Head | None = "label" if self.rule == "label_gated" else None
        return "distance" if self.rule == "distance" else gated


class SoftOrigin(Strict):
    """Where soft targets came from: the sha256 of their folder's files and, oldest first, of each round's model.

    The model of the last round wrote these; that of a round before taught the model of the next one.
    """

    sha256: str
    models: Annotated[tuple[str, ...], Field(min_length=1)]

    @property
    def round(self) -> int:
        """How many models have taught one after another."""
        return len(self.models)


class TrainingRecord(Strict):
    """Where a model came from: enough to train it again and to notice when it is judged on its own data.

    `started_from`: sha256 of the checkpoint whose network the run began with, where there was one. `soft`: the soft
    targets it learned, and `unlabelled` the sha256 of the data set that it learned from without labels.
    `patients_sha256` and `films_sha256`: the first 16 hex digits of the SHA-256 of each known patient's id and each
    film's file, sorted, of all films that it learned from or was chosen by.
    `code_version`, `device`, `threads` and `libraries` (versions by package) are those that it was trained with; the
    last three are unknown of files older than they.
    """

    recipe: dict[str, Any]
    data_name: str
    data_sha256: str
    code_version: str
    epochs: int
    checkpoint: str
    started_from: str | None = None
    soft: SoftOrigin | None = None
    unlabelled: str | None = None
    device: str | None = None
    threads: int | None = None
    libraries: dict[str, str] = Field(default_factory=dict)
    patients_sha256: tuple[str, ...] = ()
    films_sha256: tuple[str, ...] = ()


class TuningRecord(Strict):
    """Which films the decision was fitted on; hashes as in `TrainingRecord`, none in files older than they."""

    data_name: str
    data_sha256: str
    films: int
    patients: int
    objective: str
    patients_sha256: tuple[str, ...] = ()
    films_sha256: tuple[str, ...] = ()


class ModelSpec(Strict):
    """The JSON under the `pleura` key of a model file's metadata; a file without a valid one is refused.

    `finds`: what its mask outlines. `heads`: what the network gives beside its mask, in the order of the file's
    further outputs. `calibration` turns the score of `decision` into a probability, and holds for no other decision.
    """

    format: Literal[1] = 1
    name: Annotated[str, Field(pattern=NAME)]
    version: str
    architecture: str
    finds: Finds = "pneumothorax"
    heads: tuple[Head, ...] = ()
    input: InputSpec
    decision: DecisionSpec
    training: TrainingRecord | None
    tuning: TuningRecord | None = None
    calibration: Calibration | None = None
    calibration_record: CalibrationRecord | None = None
    figures: dict[str, dict[str, float]] = Field(default_factory=dict)
    licence: str = "Apache-2.0"
    intended_use: str = "Research use. Not a medical device."

    @model_validator(mode="after")
    def _has_what_its_rule_needs(self) -> "ModelSpec":
        if self.decision.needs not in (None, *self.heads):
            raise ValueError(f"the rule {self.decision.rule} needs the head {self.decision.needs!r}")
        return self
