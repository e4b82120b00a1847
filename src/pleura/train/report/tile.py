"""One film as the network saw it, with the truth and the prediction: small enough to keep six for every epoch."""

import base64
from dataclasses import dataclass, field
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.draw import OUTLINE
from pleura.core.types import Mask, Pixels
from pleura.output.page.outline import outline_path

SIDE = 224
"""Rows and columns of a tile's film, and the unit of its outlines."""

_HEAT_SIDE, _HEAT_OPACITY, _HEAT_LEVELS = 96, 0.5, 12
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 78)


@dataclass(frozen=True)
class Outcome:
    """What validation found on a film: the image-level score, the film's Dice and the share that was outlined."""

    present: bool
    score: float
    dice: float
    outlined: float


@dataclass(frozen=True)
class Tile:
    """A film by its number among the validation films and a short hash of its id, never the id itself.

    `film` is a JPEG and `heat` a PNG of the probabilities, both in base64; `truth` and `predicted` are SVG paths on
    SIDE x SIDE pixels, empty where there is nothing to outline.
    """

    number: int
    key: str
    outcome: Outcome
    film: str = field(repr=False)
    heat: str = field(repr=False)
    truth: str = field(repr=False)
    predicted: str = field(repr=False)


@dataclass(frozen=True, eq=False)
class Planes:
    """What a tile is drawn from, all (side, side): grey in [0, 1], probabilities, the truth and the prediction."""

    grey: Pixels
    probabilities: Pixels
    truth: Mask
    predicted: Mask

    def copy(self) -> "Planes":
        """The same in memory of its own."""
        return Planes(self.grey.copy(), self.probabilities.copy(), self.truth.copy(), self.predicted.copy())


def make_tile(number: int, key: str, planes: Planes, outcome: Outcome) -> Tile:
    """Draw a film small."""
    grey = cv2.resize(np.rint(planes.grey * 255).astype(np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return Tile(
        number=number,
        key=key,
        outcome=outcome,
        film=_encoded(".jpg", np.asarray(grey, dtype=np.uint8), _JPEG),
        heat=_heat(planes.probabilities),
        truth=outline_path(planes.truth, SIDE / len(planes.truth)),
        predicted=outline_path(planes.predicted, SIDE / len(planes.predicted)),
    )


def _heat(probabilities: Pixels) -> str:
    """The probabilities as an amber layer, more opaque the likelier; few levels, so that it packs well."""
    small = cv2.resize(probabilities, (_HEAT_SIDE, _HEAT_SIDE), interpolation=cv2.INTER_AREA)
    layer = np.empty((_HEAT_SIDE, _HEAT_SIDE, 4), dtype=np.uint8)
    layer[..., :3] = OUTLINE[::-1]
    layer[..., 3] = np.rint(np.rint(small * _HEAT_LEVELS) / _HEAT_LEVELS * 255 * _HEAT_OPACITY)
    return _encoded(".png", layer, ())


def _encoded(kind: str, picture: NDArray[np.uint8], settings: tuple[int, ...]) -> str:
    done, content = cv2.imencode(kind, picture, settings)
    if not done:
        raise RuntimeError(f"OpenCV cannot write {kind}")
    return base64.b64encode(content.tobytes()).decode("ascii")


def draw_tile(tile: Tile, film: str) -> str:
    """A `<figure>` of the tile; `film` is the id of the `<image>` in `film_symbol`, which several tiles share."""
    name, said = f"film {tile.number}", _said(tile.outcome)
    layers = [f'<use href="#{escape(film)}"/>']
    layers.append(f'<image width="{SIDE}" height="{SIDE}" href="data:image/png;base64,{escape(tile.heat)}"/>')
    for kind in ("truth", "predicted"):
        if path := getattr(tile, kind):
            layers.append(f'<path class="rim" d="{escape(path)}"/><path class="{kind}" d="{escape(path)}"/>')
    return (
        f'<figure class="tile"><svg viewBox="0 0 {SIDE} {SIDE}" role="img" aria-label="{name}: {said}">'
        f"{''.join(layers)}</svg><figcaption><b>{name}</b> <code>{escape(tile.key)}</code>"
        f"<br>{said}</figcaption></figure>"
    )


def film_symbol(tile: Tile, name: str) -> str:
    """The film alone, to be drawn by `<use>`."""
    source = f"data:image/jpeg;base64,{escape(tile.film)}"
    return f'<image id="{escape(name)}" width="{SIDE}" height="{SIDE}" href="{source}"/>'


def _said(outcome: Outcome) -> str:
    score = f"score {outcome.score:.2f}"
    if outcome.present:
        return f"{score} · Dice {outcome.dice:.2f}"
    return f"{score} · {f'{outcome.outlined:.1%} outlined' if outcome.outlined > 0 else 'left empty'}"
