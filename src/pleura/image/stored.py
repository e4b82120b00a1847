"""A DICOM film's pixels as integers, with nothing hidden in them, and the header they came with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import Refusal, UnreadableImage
from pleura.image.decode import decode
from pleura.image.grey import Greyscale, is_padding, read_greyscale
from pleura.image.kind import check_kind
from pleura.image.layout import Layout, read_layout
from pleura.image.parse import parse, quiet_pydicom
from pleura.image.read import load
from pleura.image.scale import one_channel
from pleura.image.sniff import Kind
from pleura.image.tags import Tags
from pleura.image.view import read_view

Stored = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class StoredFilm:
    """A film as integers.

    Attributes:
        tags: its whole header.
        layout: what the file declares of its pixels, which may be three samples.
        pixels: (H, W), 8 or 16 bits.
        padding: the one value that all padding has, or None where none is declared.
    """

    tags: Tags
    layout: Layout
    pixels: Stored
    padding: int | None


def read_stored(path: Path, *, lenient: bool = False) -> StoredFilm:
    """Read a film's integers, cut to the bits that it declares: older files keep annotations in the others.

    Raises:
        UnreadableImage: it is no DICOM file, or must not be read as a frontal chest film.
        EngineError: it is compressed, and no process can be started to decode it.
    """
    content, kind = load(path, lenient=lenient)
    if kind not in (Kind.DICOM, Kind.BARE_DICOM):
        reason = f"it is {kind.upper()} and no DICOM file"
        raise UnreadableImage(path, Refusal.NOT_AN_IMAGE, reason, "Give the film as DICOM.")
    name = str(path)
    with quiet_pydicom():
        parsed = parse(content, name)
        tags = Tags(parsed.dataset, name)
        check_kind(parsed, tags)
        layout = read_layout(tags, parsed.syntax)
        read_view(tags)
        scale = read_greyscale(tags, layout)
    stored, _ = decode(parsed.dataset, layout, name)
    if stored.ndim == 3:
        stored = one_channel(name, stored, layout.stored)
    padding = None if scale.padding is None else scale.padding[0]
    return StoredFilm(tags, layout, _cut(stored, scale), padding)


def _cut(stored: Stored, scale: Greyscale) -> Stored:
    """Clear the bits that are not declared, and give all padding one value."""
    spare = 8 * stored.dtype.itemsize - scale.layout.stored
    # Up and down again: the sign of signed numbers fills the bits above them (PS3.5 section 8.1.1).
    cut: Stored = (stored << spare) >> spare
    outside = is_padding(stored, scale.padding)
    if outside is not None and scale.padding is not None:
        cut[outside] = scale.padding[0]
    return cut
