"""The overlay: a film with a thin outline on it, and what was found in bars above and below it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pleura.core.caption import Caption, caption_of
from pleura.core.lettering import Colour, Letters
from pleura.core.types import Finding, Region

Grey = NDArray[np.uint8]
Rgb = NDArray[np.uint8]

OUTLINE: Colour = (255, 176, 0)
"""Amber, from the IBM palette: apart from grey, and from its blue, for every kind of colour vision."""
TRUTH: Colour = (100, 143, 255)
"""The blue of the same palette, for a second outline beside the first."""

_BAR: Colour = (16, 20, 24)
_TEXT: Colour = (238, 241, 243)
_MUTED: Colour = (158, 168, 176)
_RIM: Colour = (0, 0, 0)

_LEAST_WIDTH = 480
_LEAST_TEXT = 14
_TEXT_SHARE = 1 / 48
_LINE_SHARE = 1 / 900
_LINE_OPACITY, _RIM_OPACITY = 0.95, 0.45
_SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Frame:
    """Where a film stands in its overlay, in px.

    `width` is the overlay's: the film's own, or 480 so that the words fit beside a smaller film. The film's first
    pixel stands at (`top`, `left`); `top` is the height of the bar above. The bar below takes what the words need.
    """

    width: int
    top: int
    left: int
    text: int


def frame_of(shape: tuple[int, int]) -> Frame:
    """Place a film of `shape` (H, W); text grows with the film, from 14 px up."""
    width = max(shape[1], _LEAST_WIDTH)
    text = max(_LEAST_TEXT, round(width * _TEXT_SHARE))
    return Frame(width=width, top=2 * text, left=(width - shape[1]) // 2, text=text)


def draw_overlay(finding: Finding, grey: Grey) -> Rgb:
    """Draw the picture of a finding.

    Nothing but the outline covers the film: all words stand in a bar above it (R and L, view) and one below it
    (decision, probability, side, area, warnings, model, research-use notice). It says the same way that nothing
    was found. Its place in the overlay is `frame_of`.

    Args:
        finding: what was found.
        grey: (H, W) uint8, the film at display contrast.

    Returns:
        (top + H + bottom, max(W, 480), 3) uint8, RGB.
    """
    frame, caption = frame_of(finding.film.shape), caption_of(finding)
    film = with_outlines(grey, finding.regions)
    rest = frame.width - frame.left - film.shape[1]
    if rest:
        margins = [np.full((len(film), margin, 3), _BAR, dtype=np.uint8) for margin in (frame.left, rest)]
        film = np.concatenate((margins[0], film, margins[1]), axis=1)
    above = _bar_above(caption, frame)
    below = _bar_below(caption, frame, OUTLINE if finding.present else _TEXT)
    return np.concatenate((above, film, below), axis=0)


def with_outlines(grey: Grey, regions: Sequence[Region], colour: Colour = OUTLINE) -> Rgb:
    """Draw the borders of regions on a film, (H, W) uint8 -> (H, W, 3) uint8 RGB; the inside keeps its greys."""
    picture = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    add_outlines(picture, regions, colour)
    return picture


def add_outlines(picture: Rgb, regions: Sequence[Region], colour: Colour) -> None:
    """Draw the borders of regions onto an RGB picture, in place: a thin anti-aliased line in a faint dark rim."""
    line = max(1, round(max(picture.shape[1], _LEAST_WIDTH) * _LINE_SHARE))
    for region in regions:
        top, left, bottom, right = region.box
        rows = slice(max(0, top - line - 2), bottom + line + 2)
        columns = slice(max(0, left - line - 2), right + line + 2)
        borders = [_smooth(border - (rows.start, columns.start), 2 * line + 1) for border in region.outline]
        part = picture[rows, columns]
        for tone, opacity, thickness in ((_RIM, _RIM_OPACITY, line + 2), (colour, _LINE_OPACITY, line)):
            stroke = np.zeros(part.shape[:2], np.uint8)
            cv2.polylines(stroke, borders, True, 255, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
            _blend(part, stroke, tone, opacity)


def _blend(part: Rgb, stroke: Grey, tone: Colour, opacity: float) -> None:
    """Lay a tone over the pixels of a part that a stroke covers, in place."""
    # NumPy finds what is true in one long row ten times as fast as what is not zero in a picture.
    touched = np.divmod(np.flatnonzero(stroke > 0), stroke.shape[1])
    share, under = (stroke[touched] * np.float32(opacity / 255))[:, None], part[touched]
    mixed = under + (np.array(tone, np.float32) - under) * share
    part[touched] = np.rint(mixed).astype(np.uint8)


def _smooth(border: NDArray[np.int_], reach: int) -> NDArray[np.int32]:
    """Round off the pixel stairs of a closed border, by at most `reach` px, for drawing only.

    Returns:
        (N, 1, 2) columns and rows in 1/16 px, a running mean over 2 * reach + 1 border pixels.
    """
    dense = _every_pixel(border).astype(np.float64)
    if len(dense) > 2 * reach + 1:
        around = np.concatenate((dense[-reach:], dense, dense[:reach]))
        total = np.cumsum(np.concatenate((np.zeros((1, 2)), around)), axis=0)
        span = 2 * reach + 1
        dense = (total[span:] - total[:-span]) / span
    fixed: NDArray[np.int32] = np.rint(dense[:, ::-1] * 2**_SUBPIXEL_BITS).astype(np.int32)
    return fixed.reshape(-1, 1, 2)


def _every_pixel(border: NDArray[np.int_]) -> NDArray[np.int_]:
    """Fill in the pixels between the corners of a closed border, (N, 2) -> (M, 2); its steps run in 8 directions."""
    step = np.roll(border, -1, axis=0) - border
    length = np.maximum(np.abs(step).max(axis=1), 1)
    start = np.repeat(np.cumsum(length) - length, length)
    along = np.arange(length.sum()) - start
    points: NDArray[np.int_] = np.repeat(border, length, axis=0)
    points = points + np.repeat(np.sign(step), length, axis=0) * along[:, None]
    return points


def _bar_above(caption: Caption, frame: Frame) -> Rgb:
    picture = Image.new("RGB", (frame.width, frame.top), _BAR)
    canvas, pad = ImageDraw.Draw(picture), frame.text * 0.7
    marks, words = Letters(round(frame.text * 1.25), _TEXT), Letters(round(frame.text * 0.88), _MUTED)
    marks.stamp(canvas, (pad, frame.top * 0.15), caption.marks[0])
    right = caption.marks[1]
    marks.stamp(canvas, (frame.width - pad - marks.width(right), frame.top * 0.15), right)
    words.stamp(canvas, ((frame.width - words.width(caption.above)) / 2, frame.top * 0.24), caption.above)
    return np.asarray(picture)


def _bar_below(caption: Caption, frame: Frame, accent: Colour) -> Rgb:
    text, pad = frame.text, frame.text * 0.7
    room = frame.width - 2 * pad
    head, body = Letters(round(text * 1.4), accent), Letters(text, _TEXT)
    small = Letters(round(text * 0.88), _MUTED)
    facts = [line for fact in caption.facts for line in body.wrap(fact, room, 2)]
    warnings = [line for warning in caption.warnings for line in small.wrap(warning, room, 2)]
    basis = small.wrap(caption.basis, room, 2) if caption.basis else []
    rows = [(body, line) for line in facts] + [(small, line) for line in (*basis, *warnings)]
    height = round(text * 3.9) + sum(round(letters.size * 1.45) for letters, _ in rows)
    picture = Image.new("RGB", (frame.width, height), _BAR)
    canvas, down = ImageDraw.Draw(picture), text * 0.5
    head.stamp(canvas, (pad, down), caption.headline)
    body.draw(canvas, (frame.width - pad - body.width(caption.likelihood), down + text * 0.4), caption.likelihood)
    down += text * 2.0
    for letters, line in rows:
        # Warnings stand under many films; what is measured is the film's own.
        write = letters.stamp if line in warnings else letters.draw
        write(canvas, (pad, down), line)
        down += round(letters.size * 1.45)
    model = small.wrap(caption.model, room - small.width(caption.notice) - text, 1)[0]
    small.stamp(canvas, (pad, height - text * 1.45), model)
    small.stamp(canvas, (frame.width - pad - small.width(caption.notice), height - text * 1.45), caption.notice)
    return np.asarray(picture)
