"""A sheet to draw a chart on: a light ground, words and boxes, at sizes in px."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pleura.core.lettering import Colour, Letters

GROUND: Colour = (255, 255, 255)
INK: Colour = (28, 32, 36)
MUTED: Colour = (110, 118, 126)
LINE: Colour = (200, 206, 212)
BLUE: Colour = (0, 87, 184)
TEXT = 16


@dataclass(frozen=True)
class Box:
    """A rectangle in px: its left upper corner, width and height."""

    left: float
    top: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle, (x, y)."""
        return self.left + self.width / 2, self.top + self.height / 2


class Sheet:
    """A picture in the making, `width` x `height` px."""

    def __init__(self, width: int, height: int) -> None:
        self._picture = Image.new("RGB", (width, height), GROUND)
        self.canvas = ImageDraw.Draw(self._picture)

    def words(self, text: str, place: tuple[float, float], letters: Letters, align: float = 0.0) -> None:
        """Write a line with its top at `place` (x, y); x is its left end for `align` 0, its right end for 1."""
        letters.draw(self.canvas, (place[0] - align * letters.width(text), place[1]), text)

    def fill(self, box: Box, colour: Colour, edge: Colour | None = None) -> None:
        """Fill a rectangle, with a line around it if `edge` is given."""
        corners = (box.left, box.top, box.left + box.width - 1, box.top + box.height - 1)
        self.canvas.rectangle(corners, fill=colour, outline=edge)

    def paste(self, picture: NDArray[np.uint8], place: tuple[int, int]) -> None:
        """Lay an RGB picture, (H, W, 3), down with its left upper corner at `place` (x, y)."""
        self._picture.paste(Image.fromarray(picture), place)

    def pixels(self) -> NDArray[np.uint8]:
        """The picture, (height, width, 3) RGB."""
        return np.asarray(self._picture)
