"""Text on a picture: the one font that needs no file, fitted to a width."""

import math
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]

_RAISED = 0.62
_PLAIN = str.maketrans(
    {
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    }
)
"""Signs that the font lacks, in its own."""


@dataclass(frozen=True)
class Letters:
    """Lettering of one size in px and one colour. The font (Aileron, inside Pillow) has no raised 2: it is drawn."""

    size: int
    colour: Colour

    def width(self, text: str) -> float:
        """Width of a line in px."""
        return sum(_length(piece, size) for piece, size in self._pieces(text))

    def draw(self, canvas: ImageDraw.ImageDraw, place: tuple[float, float], text: str) -> None:
        """Write a line with its left end and its top at `place` (x, y)."""
        across, down = place
        for piece, size in self._pieces(text):
            canvas.text((across, down), piece, fill=self.colour, font=_font(size))
            across += _length(piece, size)

    def stamp(self, canvas: ImageDraw.ImageDraw, place: tuple[float, float], text: str) -> None:
        """The same for a line that stands on many pictures: its letters are kept, and begin at a whole px.

        To draw a glyph takes ten times as long as to copy it.
        """
        across, down = place
        for piece, size in self._pieces(text):
            canvas.bitmap((round(across) - size, round(down)), _stamp(piece, size), fill=self.colour)
            across += _length(piece, size)

    def wrap(self, text: str, width: float, most: int) -> list[str]:
        """Break a text into at most `most` lines that fit `width` px; what is cut off ends in '...'."""
        words, lines = text.translate(_PLAIN).split(), [""]
        for word in words:
            longer = f"{lines[-1]} {word}".strip()
            if self.width(longer) <= width or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(word)
        kept = lines[:most]
        if len(lines) > most:
            kept[-1] = f"{kept[-1]} ..."
        return [self._clip(line, width) for line in kept]

    def _clip(self, line: str, width: float) -> str:
        if self.width(line) <= width:
            return line
        while line and self.width(f"{line}...") > width:
            line = line[:-1]
        return f"{line}..."

    def _pieces(self, text: str) -> list[tuple[str, int]]:
        small = max(1, round(self.size * _RAISED))
        pieces = []
        for index, run in enumerate(text.split("²")):
            pieces += [("2", small)] if index else []
            pieces += [(run.encode("latin-1", "replace").decode("latin-1"), self.size)] if run else []
        return pieces


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@lru_cache(maxsize=256)
def _stamp(piece: str, size: int) -> Image.Image:
    """A piece in grey, `size` px from the left edge and at the top, with room for what reaches beyond its width."""
    picture = Image.new("L", (math.ceil(_length(piece, size)) + 2 * size, 2 * size))
    ImageDraw.Draw(picture).text((size, 0), piece, fill=255, font=_font(size))
    return picture


@lru_cache(maxsize=1024)
def _length(piece: str, size: int) -> float:
    """Width in px; the same warnings stand under many films, and to measure a text costs as much as to draw it."""
    return _font(size).getlength(piece)
