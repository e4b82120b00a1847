"""The run-length code of the SIIM-ACR 2019 challenge.

Pairs of `offset length`, each offset relative to the end of the run before, down the columns first; `-1` is empty.
"""

import numpy as np

from pleura.core.types import Mask

EMPTY = "-1"


def encode(mask: Mask) -> str:
    """Write a mask, (H, W) bool, as challenge run-length code."""
    held = np.flatnonzero(mask.any(axis=0))
    if held.size == 0:
        return EMPTY
    # Only the columns that hold anything are turned: most of a film is empty.
    part = mask[:, held[0] : held[-1] + 1].T.ravel()
    edges = np.flatnonzero(np.diff(part, prepend=False, append=False)) + held[0] * mask.shape[0]
    starts, ends = edges[::2], edges[1::2]
    offsets = starts - np.concatenate(([0], ends[:-1]))
    return " ".join(map(str, np.stack((offsets, ends - starts), axis=1).ravel()))


def decode(code: str, shape: tuple[int, int]) -> Mask:
    """Read challenge run-length code into an (H, W) bool mask.

    Raises:
        ValueError: an odd count, a number that is no integer, a negative one, or a run past the end.
    """
    height, width = shape
    flat = np.zeros(height * width, dtype=np.bool_)
    if code.strip() not in (EMPTY, ""):
        misfit = f"run-length code does not fit {height} x {width} pixels"
        try:
            numbers = np.array(code.split(), dtype=np.int64)
        except OverflowError as error:
            raise ValueError(misfit) from error
        if numbers.size % 2:
            raise ValueError("run-length code has an odd count of numbers")
        offsets, lengths = numbers[::2], numbers[1::2]
        # Each number is bounded before they are summed, so that the sum cannot wrap around.
        if (offsets < 0).any() or (lengths <= 0).any() or numbers.max() > flat.size:
            raise ValueError(misfit)
        ends = np.cumsum(offsets + lengths)
        if ends[-1] > flat.size:
            raise ValueError(misfit)
        for start, end in zip(ends - lengths, ends, strict=True):
            flat[start:end] = True
    return flat.reshape(width, height).T
