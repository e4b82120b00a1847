"""One film small, with the true and the predicted outline: about 25 kB, so that a report can hold some dozens."""

import base64
import math
from dataclasses import dataclass, field
from html import escape

import cv2
import numpy as np

from pleura.core.metrics import dice_scores, film_counts
from pleura.evidence.reading import Reading
from pleura.output.overlay import display
from pleura.output.page.outline import outline_path

UNITS = 224
"""Units of a tile's longer side; the lines that the page's style draws are measured in them."""
_PIXELS = 384
_PERCENT = "\u00a0%"
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 80)


@dataclass(frozen=True)
class FilmTile:
    """A film by its number and a short hash of its id, never the id itself.

    Attributes:
        number: of the film among those that were judged, from 1: its row in films.csv.
        key: short hash of its id (`film_key`).
        size: width and height in units.
        present: whether the truth marks a pneumothorax.
        found: the reader's decision.
        score: image-level score in [0, 1]; NaN where the reader gave none.
        dice: of the outlines, in [0, 1].
        true_share: share of the film that the truth covers, in [0, 1].
        predicted_share: share that the prediction covers.
        film: JPEG in base64.
        truth: SVG path in units, empty where there is nothing to outline.
        predicted: the same of the prediction.
    """

    number: int
    key: str
    size: tuple[float, float]
    present: bool
    found: bool
    score: float
    dice: float
    true_share: float
    predicted_share: float
    film: str = field(repr=False)
    truth: str = field(repr=False)
    predicted: str = field(repr=False)


def film_dice(reading: Reading) -> float:
    """Dice of the two outlines of a film, in [0, 1]; 1 where both are empty."""
    both, predicted, true, _ = film_counts(reading.mask, reading.truth)
    return float(dice_scores(np.array([both]), np.array([predicted]), np.array([true]))[0])


def make_tile(reading: Reading, number: int, key: str) -> FilmTile:
    """Draw a film small, at display contrast, its longer side 384 px."""
    height, width = reading.film.shape
    longer = max(height, width)
    small = (max(1, round(width * _PIXELS / longer)), max(1, round(height * _PIXELS / longer)))
    grey = cv2.resize(display(reading.film), small, interpolation=cv2.INTER_AREA)
    done, content = cv2.imencode(".jpg", grey, _JPEG)
    if not done:
        raise RuntimeError("OpenCV cannot write a JPEG")
    scale = UNITS / longer
    return FilmTile(
        number=number,
        key=key,
        size=(width * scale, height * scale),
        present=bool(reading.truth.any()),
        found=reading.present,
        score=reading.score,
        dice=film_dice(reading),
        true_share=float(reading.truth.mean()),
        predicted_share=float(reading.mask.mean()),
        film=base64.b64encode(content.tobytes()).decode("ascii"),
        truth=outline_path(reading.truth, scale),
        predicted=outline_path(reading.mask, scale),
    )


def draw_tile(tile: FilmTile) -> str:
    """A `<figure>` of the tile: the film, the truth dashed in blue, the prediction in amber, and a caption below."""
    width, height = (f"{side:.1f}" for side in tile.size)
    name, said = f"film {tile.number}", _said(tile)
    layers = [f'<image width="{width}" height="{height}" href="data:image/jpeg;base64,{tile.film}"/>']
    for kind in ("truth", "predicted"):
        if path := getattr(tile, kind):
            layers.append(f'<path class="rim" d="{escape(path)}"/><path class="{kind}" d="{escape(path)}"/>')
    return (
        f'<figure class="tile"><svg viewBox="0 0 {width} {height}" role="img" aria-label="{name}: {said}">'
        f"{''.join(layers)}</svg><figcaption><b>{name}</b> <code>{escape(tile.key)}</code>"
        f"<br>{said}</figcaption></figure>"
    )


def _said(tile: FilmTile) -> str:
    score = [] if math.isnan(tile.score) else [f"score {tile.score:.2f}"]
    if not tile.present:
        return " · ".join([*score, f"{100 * tile.predicted_share:.1f}{_PERCENT} outlined"])
    # Outlines from files may stand on a film that their reader called healthy.
    parts = [] if tile.found else ["not found"]
    parts += [f"Dice {tile.dice:.2f}"] if tile.found or tile.predicted_share else []
    return " · ".join([*parts, f"true size {100 * tile.true_share:.1f}{_PERCENT}", *score])
