"""Millimetres between pixels, where the header gives any that a chest film can have."""

import math

from pleura.core.types import Note, Spacing
from pleura.image.tags import Tags

LEAST_MM = 200.0
MOST_MM = 600.0
"""No side of an adult's chest film is shorter or longer; data sets keep the spacing of films they shrank."""


def read_spacing(tags: Tags, rows: int, columns: int) -> tuple[Spacing | None, tuple[Note, ...]]:
    """Read PixelSpacing, else ImagerPixelSpacing (PS3.3 10.7.1.3: rows first), and judge it.

    Returns:
        The spacing, or None where it is missing, unusable or implausible, and the warnings about it.
    """
    at_patient = _pair(tags, "PixelSpacing")
    at_detector = _pair(tags, "ImagerPixelSpacing")
    notes: tuple[Note, ...] = ()
    if at_patient is not None:
        spacing = Spacing(*at_patient, "PixelSpacing")
    elif at_detector is not None:
        spacing = Spacing(*at_detector, "ImagerPixelSpacing")
        text = "Lengths are those at the detector, some per cent too long: no usable PixelSpacing is given."
        notes = (Note("spacing_at_detector", text),)
    else:
        return None, (Note("spacing_unknown", "The pixel spacing is missing or unusable: no lengths."),)
    if all(LEAST_MM <= side <= MOST_MM for side in (rows * spacing.row_mm, columns * spacing.column_mm)):
        return spacing, notes
    text = f"By its pixel spacing the film would measure {rows * spacing.row_mm:.0f} x "
    text += f"{columns * spacing.column_mm:.0f} mm, outside {LEAST_MM:.0f} to {MOST_MM:.0f}: no lengths."
    return None, (Note("spacing_implausible", text),)


def _pair(tags: Tags, keyword: str) -> tuple[float, float] | None:
    values = tags.numbers(keyword)
    if len(values) != 2 or not all(math.isfinite(value) and value > 0 for value in values):
        return None
    return values[0], values[1]
