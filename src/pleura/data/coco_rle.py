"""The two run-length codes of COCO: counts as numbers, and the same counts packed into a string.

Runs of zeros and ones alternate, zeros first, down the columns (Lin et al. 2014, "Microsoft COCO: Common Objects in
Context"; the packing is that of its reference implementation, `rleFrString` in maskApi.c).
"""

from collections.abc import Sequence

import numpy as np

from pleura.core.types import Mask

_FIRST = 48
_BITS = 5
_MORE, _SIGN = 1 << _BITS, 1 << (_BITS - 1)
_LONGEST = 13
"""Characters of a number of 64 bits: a longer one is damage, and would grow without bound."""


def unpack_counts(text: str) -> list[int]:
    """Read a packed string: five bits a character, lowest first, each count less the one before the last.

    Raises:
        ValueError: a character that none of the code is, or a number that does not end.
    """
    counts: list[int] = []
    value, shift = 0, 0
    for character in text:
        chunk = ord(character) - _FIRST
        if not 0 <= chunk < 2 * _MORE or shift >= _LONGEST * _BITS:
            raise ValueError("packed run-length code is damaged")
        value |= (chunk & (_MORE - 1)) << shift
        shift += _BITS
        if chunk & _MORE:
            continue
        if chunk & _SIGN:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value, shift = 0, 0
    if shift:
        raise ValueError("packed run-length code ends in the middle of a number")
    return counts


def decode_counts(counts: Sequence[int], shape: tuple[int, int]) -> Mask:
    """Draw runs, (H, W) bool.

    Raises:
        ValueError: a negative run, or runs that do not sum to the picture's pixels.
    """
    height, width = shape
    if any(count < 0 for count in counts) or sum(counts) != height * width:
        raise ValueError(f"run-length code does not fit {height} x {width} pixels")
    marks = np.arange(len(counts)) % 2 == 1
    return np.repeat(marks, np.asarray(counts, dtype=np.int64)).reshape(width, height).T
