"""From decoded integers to grey values: padding, bits, modality, polarity, declared range; in that order."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.types import Mask, Note, Pixels
from pleura.image.layout import Layout
from pleura.image.lut import Table, read_table
from pleura.image.scale import to_unit
from pleura.image.tags import Tags
from pleura.image.voi import Range

Stored = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Modality:
    """The modality transformation (PS3.3 C.11.1): a table, else slope and intercept."""

    slope: float
    intercept: float
    table: Table | None


@dataclass(frozen=True)
class Greyscale:
    """How stored integers become grey values; `turned` where a high value, after modality, is dark."""

    layout: Layout
    modality: Modality
    turned: bool
    padding: tuple[int, int] | None

    @property
    def declared(self) -> Range:
        """The declared range, in the units that the header's windows are given in."""
        if self.modality.table is not None:
            return Range(0.0, float((1 << self.modality.table.bits) - 1), self.turned)
        least = -(1 << (self.layout.stored - 1)) if self.layout.signed else 0
        ends = (least, least + (1 << self.layout.stored) - 1)
        low, high = sorted(end * self.modality.slope + self.modality.intercept for end in ends)
        return Range(low, high, self.turned)


def read_greyscale(tags: Tags, layout: Layout) -> Greyscale:
    """Read what turns stored integers into grey values.

    MONOCHROME1 and PresentationLUTShape INVERSE say the same thing, so both together turn once
    (PS3.3 C.8.11.3.1).

    Raises:
        UnreadableImage: `rescale` or `malformed`.
    """
    turned = layout.photometric == "MONOCHROME1" or tags.text("PresentationLUTShape") == "INVERSE"
    return Greyscale(layout, _modality(tags), turned, _padding(tags, layout))


def to_grey(stored: Stored, scale: Greyscale) -> tuple[Pixels, tuple[Note, ...]]:
    """Turn decoded integers into grey values, (H, W) -> (H, W) float32 in [0, 1], 1 = dense.

    Padding becomes 0. A linear rescale cancels against its own declared range: only the sign of its slope
    is left of it, so integers are scaled once and MONOCHROME1 equals its MONOCHROME2 twin bit for bit.
    """
    layout = scale.layout
    outside = is_padding(stored, scale.padding)
    mask, sign = (1 << layout.stored) - 1, 1 << (layout.stored - 1)
    notes = _excess_notes(stored, layout, outside)
    unsigned = stored.view(stored.dtype.str.replace("i", "u"))
    codes = unsigned & unsigned.dtype.type(mask) if notes or layout.signed else unsigned
    # Exclusive or with the sign bit orders signed codes from 0 up; with all bits it turns the range over.
    flips = (sign if layout.signed else 0) ^ (mask if _turns_integers(scale) else 0)
    if flips:
        codes = codes ^ codes.dtype.type(flips)
    if scale.modality.table is None:
        pixels = to_unit(codes, layout.stored)
    else:
        pixels = _by_table(scale, scale.modality.table)[codes]
    if outside is not None:
        pixels[outside] = 0
    return pixels, notes


def _turns_integers(scale: Greyscale) -> bool:
    if scale.modality.table is not None:
        return False
    return scale.turned != (scale.modality.slope < 0)


def _by_table(scale: Greyscale, table: Table) -> NDArray[np.float32]:
    """The grey value of every possible code, (2**stored,); below and above the table its ends hold."""
    least = -(1 << (scale.layout.stored - 1)) if scale.layout.signed else 0
    values = np.arange(least, least + (1 << scale.layout.stored))
    grey = table.values[np.clip(values - table.first, 0, len(table.values) - 1)]
    return (1 - grey if scale.turned else grey).astype(np.float32)


def _excess_notes(stored: Stored, layout: Layout, outside: Mask | None) -> tuple[Note, ...]:
    if layout.stored == layout.allocated:
        return ()
    inside = stored if outside is None else stored[~outside]
    least = -(1 << (layout.stored - 1)) if layout.signed else 0
    # Signed codes may stand with or without their sign carried into the unused bits (PS3.5 section 8.1.1).
    most = (1 << layout.stored) - 1
    if inside.size == 0 or (inside.max() <= most and inside.min() >= least):
        return ()
    return (Note("bits_masked", f"Values beyond {layout.stored} bits were cut to them."),)


def _modality(tags: Tags) -> Modality:
    items = tags.items("ModalityLUTSequence")
    if items:
        table = read_table(items[0])
        if table is None:
            raise tags.malformed("ModalityLUTSequence")
        return Modality(1.0, 0.0, table)
    slope, intercept = tags.numbers("RescaleSlope") or (1.0,), tags.numbers("RescaleIntercept") or (0.0,)
    sound = len(slope) == len(intercept) == 1 and math.isfinite(slope[0]) and math.isfinite(intercept[0])
    if not sound or slope[0] == 0:
        reason = "its rescale slope or intercept is 0, infinite or no number"
        raise UnreadableImage(tags.path, Refusal.RESCALE, reason, "Export the film again from its archive.")
    return Modality(slope[0], intercept[0], None)


def _padding(tags: Tags, layout: Layout) -> tuple[int, int] | None:
    """The range of PixelPaddingValue (PS3.3 C.7.5.1.1.2), as the decoded integers hold it."""
    first = tags.integer("PixelPaddingValue")
    if first is None:
        return None
    last = tags.integer("PixelPaddingRangeLimit")
    low, high = sorted(_as_stored(value, layout) for value in (first, first if last is None else last))
    return low, high


def _as_stored(value: int, layout: Layout) -> int:
    """The tag may be written signed where the pixels are unsigned, or the other way round."""
    wrapped = value & ((1 << layout.allocated) - 1)
    below_zero = layout.signed and wrapped >= 1 << (layout.allocated - 1)
    return wrapped - (1 << layout.allocated) if below_zero else wrapped


def is_padding(stored: Stored, padding: tuple[int, int] | None) -> Mask | None:
    """Where the decoded integers are padding, (H, W); None where none is."""
    if padding is None:
        return None
    low, high = padding
    outside = stored == low if low == high else (stored >= low) & (stored <= high)
    return outside if outside.any() else None
