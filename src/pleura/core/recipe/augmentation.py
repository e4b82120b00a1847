"""How a recipe's films are varied in training."""

from typing import Annotated, Literal

from pydantic import Field

from pleura.core.recipe.ranges import Count, Depths, NonNegative, Positive, PositiveRange, Range
from pleura.core.strict import Fraction, Strict


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


ToneKind = Literal["brightness_contrast", "gamma", "window", "bits", "noise", "blur", "equalise"]


class Tone(Strict):
    """Ranges of the grey-value augmentation, one kind drawn a film with chance `chance`.

    `brightness` adds, `contrast` multiplies about the mean, `gamma` is an exponent range, `window` cuts up to that
    share off either end, `bits` keeps that many levels' bits, `noise` is the deviation of Gaussian noise, `blur` the
    largest deviation of a Gaussian blur as a fraction of the side, `equalise` the clip limit of local histogram
    equalisation on `equalise_tiles` x `equalise_tiles` fields.
    """

    chance: Fraction = 0.0
    kinds: Annotated[tuple[ToneKind, ...], Field(min_length=1)] = ("brightness_contrast", "gamma")
    brightness: NonNegative = 0.0
    contrast: NonNegative = 0.0
    gamma: PositiveRange = (1.0, 1.0)
    window: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.0
    bits: Depths = (8, 8)
    noise: NonNegative = 0.0
    blur: NonNegative = 0.0
    equalise: Positive = 4.0
    equalise_tiles: Count = 4


class Erase(Strict):
    """With chance `chance` a film loses one square of `size` (smallest and largest side, fractions of the side)."""

    chance: Fraction = 0.0
    size: Range = (0.0, 0.0)


class Augmentation(Strict):
    """Warp, grey values and erased squares, drawn per film and epoch from the recipe's seed."""

    warp: Warp = Warp()
    tone: Tone = Tone()
    erase: Erase = Erase()
