"""Variants of pictures: turned, mirrored, inverted, cut, and drawn from nothing, each with what it is."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from pleura.core.gate import TURNS
from pleura.core.types import Pixels, View
from pleura.train.gate.pictures import STORED_SIDE, Picture

CROP, DRAWN = "crop", "drawn"
"""Sources of pictures that are made here: parts of frontal films too small to be read, and no films at all."""

_TURNED, _MIRRORED, _INVERTED = 0.45, 0.3, 0.25
_MOST_LEAN, _SCALES, _MOST_SHIFT = 9.0, (0.85, 1.2), 0.06
_GAMMAS, _NOISE, _BLUR = (0.7, 1.4), 0.03, 1.2
_CROP_SIDES = (0.22, 0.5)

DrawnKind = Literal["noise", "gradient", "blocks", "words", "discs", "stripes"]
_KINDS: tuple[DrawnKind, ...] = ("noise", "gradient", "blocks", "words", "discs", "stripes")


@dataclass(frozen=True, eq=False)
class Variant:
    """One picture to learn from.

    Attributes:
        pixels: (S, S) float32 in [0, 1].
        source: that of its picture, or `crop` or `drawn`.
        group: that of its picture.
        frontal: whether it is a frontal chest film, however it hangs.
        view: PA, AP or unknown.
        turn: index into `TURNS`.
        mirrored: whether left and right were exchanged before it was turned.
        inverted: whether black and white were exchanged.
    """

    pixels: Pixels
    source: str
    group: str
    frontal: bool
    view: View = View.UNKNOWN
    turn: int = 0
    mirrored: bool = False
    inverted: bool = False


def as_it_is(picture: Picture, turn: int = 0, mirrored: bool = False, inverted: bool = False) -> Variant:
    """The picture itself, exactly turned, mirrored or inverted as asked, and not disturbed otherwise."""
    pixels = _hung(picture.pixels, turn, mirrored, inverted)
    return Variant(pixels, picture.source, picture.group, picture.frontal, picture.view, turn, mirrored, inverted)


def disturbed(picture: Picture, generator: np.random.Generator) -> Variant:
    """The picture hung at random, leaned, zoomed, shifted, and its greys bent, as films are."""
    turn = int(generator.integers(1, len(TURNS))) if generator.random() < _TURNED else 0
    mirrored = bool(generator.random() < _MIRRORED)
    inverted = bool(generator.random() < _INVERTED)
    pixels = _bent(_leaned(picture.pixels, generator), generator)
    pixels = _hung(pixels, turn, mirrored, inverted)
    return Variant(pixels, picture.source, picture.group, picture.frontal, picture.view, turn, mirrored, inverted)


def tight_crop(picture: Picture, generator: np.random.Generator) -> Variant:
    """A part of a frontal film so small that most of the chest is missing: no frontal chest film."""
    height, width = (round(STORED_SIDE * share) for share in generator.uniform(*_CROP_SIDES, 2))
    top, left = (int(generator.integers(0, STORED_SIDE - size)) for size in (height, width))
    part = np.ascontiguousarray(picture.pixels[top : top + height, left : left + width])
    grown = cv2.resize(part, (STORED_SIDE, STORED_SIDE), interpolation=cv2.INTER_LINEAR)
    return Variant(_bent(np.asarray(grown, dtype=np.float32), generator), CROP, picture.group, False)


def drawn(generator: np.random.Generator) -> Variant:
    """Something that is no film at all: noise, a ramp, blocks, words, discs or stripes."""
    kind = _KINDS[int(generator.integers(len(_KINDS)))]
    pixels = np.clip(_draw(kind, generator), 0, 1).astype(np.float32)
    return Variant(
        _hung(pixels, int(generator.integers(4)), False, bool(generator.random() < 0.5)), DRAWN, DRAWN, False
    )


def _hung(pixels: Pixels, turn: int, mirrored: bool, inverted: bool) -> Pixels:
    pixels = pixels[:, ::-1] if mirrored else pixels
    return np.ascontiguousarray(np.rot90(1 - pixels if inverted else pixels, turn))


def _leaned(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    middle = (STORED_SIDE - 1) / 2
    angle, scale = generator.uniform(-_MOST_LEAN, _MOST_LEAN), generator.uniform(*_SCALES)
    matrix = np.asarray(cv2.getRotationMatrix2D((middle, middle), angle, scale), dtype=np.float64)
    matrix[:, 2] += generator.uniform(-_MOST_SHIFT, _MOST_SHIFT, 2) * STORED_SIDE
    matrix[0] *= generator.uniform(0.92, 1.08)  # films are squeezed into a square, whatever their sides were
    border = cv2.BORDER_CONSTANT if generator.random() < 0.5 else cv2.BORDER_REPLICATE
    warped = cv2.warpAffine(pixels, matrix, (STORED_SIDE, STORED_SIDE), borderMode=border)
    return np.asarray(warped, dtype=np.float32)


def _bent(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    bent: Pixels = pixels ** np.float32(generator.uniform(*_GAMMAS))
    if generator.random() < 0.3:
        bent = np.asarray(cv2.GaussianBlur(bent, (0, 0), float(generator.uniform(0.3, _BLUR))), dtype=np.float32)
    if generator.random() < 0.3:
        bent = bent + generator.normal(0, generator.uniform(0, _NOISE), bent.shape).astype(np.float32)
    clipped: Pixels = np.clip(bent, 0, 1)
    return clipped


def _draw(kind: DrawnKind, generator: np.random.Generator) -> Pixels:
    side = STORED_SIDE
    canvas = np.full((side, side), generator.uniform(0, 0.4), np.float32)
    if kind == "noise":
        cells = int(generator.integers(2, 128))
        coarse = generator.random((cells, cells), dtype=np.float32)
        return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC))
    if kind == "gradient":
        ramp = np.linspace(0, 1, side, dtype=np.float32) ** generator.uniform(0.5, 2)
        return np.asarray(ramp[:, None] * (generator.random() + ramp[None, :]) / 2, dtype=np.float32)
    if kind == "stripes":
        waves = np.sin(np.linspace(0, generator.uniform(6, 120), side)) * 0.5 + 0.5
        return np.broadcast_to(waves.astype(np.float32), (side, side)).copy()
    for _ in range(int(generator.integers(2, 24))):
        first, second = (tuple(int(place) for place in generator.integers(0, side, 2)) for _ in range(2))
        grey = float(generator.random())
        if kind == "blocks":
            cv2.rectangle(canvas, first, second, grey, -1)
        elif kind == "discs":
            cv2.circle(canvas, first, int(generator.integers(4, side // 3)), grey, -1)
        else:
            cv2.line(canvas, first, (first[0] + int(generator.integers(10, 60)), first[1]), grey, 3)
    return canvas
