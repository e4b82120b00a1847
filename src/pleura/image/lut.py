"""Look-up tables of the header: the Modality LUT and the VOI LUT (PS3.3 C.11.1.1, C.11.2.1.1)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.image.tags import Tags

_MOST_ENTRIES = 1 << 16


@dataclass(frozen=True)
class Table:
    """`values`: (N,) float64 in [0, 1], scaled by the bits the descriptor declares; the first stands at `first`."""

    first: int
    bits: int
    values: NDArray[np.float64]


def read_table(item: Tags) -> Table | None:
    """Read one item of a LUT sequence; None where it does not fit its own descriptor."""
    descriptor = item.numbers("LUTDescriptor")
    if len(descriptor) != 3 or not all(number.is_integer() for number in descriptor):
        return None
    entries, first, bits = (int(number) for number in descriptor)
    # PS3.3 C.11.1.1: 65536 entries are written as 0.
    entries = entries or _MOST_ENTRIES
    data = _data(item, entries)
    if not 2 <= entries <= _MOST_ENTRIES or not 1 <= bits <= 16 or data is None:
        return None
    top = (1 << bits) - 1
    return Table(first, bits, np.minimum(data, top) / top)


def _data(item: Tags, entries: int) -> NDArray[np.uint16] | None:
    raw = item.raw("LUTData")
    if isinstance(raw, bytes):
        # 8-bit entries may be packed two to a word: as many bytes as entries can mean nothing else.
        packed = len(raw) - entries in (0, entries % 2)
        if not packed and len(raw) != 2 * entries:
            return None
        order = "<" if item.dataset.original_encoding[1] is not False else ">"
        return np.frombuffer(raw, np.uint8 if packed else f"{order}u2", count=entries).astype(np.uint16)
    numbers = item.numbers("LUTData")
    fits = len(numbers) == entries and all(number.is_integer() and 0 <= number < 1 << 16 for number in numbers)
    return np.array(numbers).astype(np.uint16) if fits else None
