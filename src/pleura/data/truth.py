"""The two forms in which data sets keep a true outline: run-length code and a mask file."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.core.rle import decode
from pleura.core.types import Mask

_FOREGROUND = (1, 255, 65535)


@dataclass(frozen=True)
class CodeTruth:
    """Run-length code of `size` x `size` pixels, several rows merged; `path` is the table it stands in."""

    path: Path
    id: str
    codes: tuple[str, ...]
    size: int

    def mask(self, shape: tuple[int, int]) -> Mask:
        """See `Truth.mask`; a square code is laid over a film of any size."""
        whole = np.zeros((self.size, self.size), dtype=np.bool_)
        for code in self.codes:
            try:
                whole |= decode(code, whole.shape)
            except ValueError as error:
                remedy = "Mend that row, or give the size it was drawn at (--rle-size)."
                raise DatasetError(self.path, f"row {self.id}: {error}", remedy) from error
        return resize_mask(whole, shape)


@dataclass(frozen=True)
class FileTruth:
    """A mask file of the film's own size with two values: 0 and one of 1, 255 or 65535."""

    path: Path

    def mask(self, shape: tuple[int, int]) -> Mask:
        """See `Truth.mask`."""
        values = read_mask_file(self.path)
        if values.shape != shape:
            reason = f"is {_size(values.shape)} pixels, its film {_size(shape)}"
            raise DatasetError(self.path, reason, "A mask must have its film's size.")
        found = np.unique(values)
        foreground = found[found > 0]
        if foreground.size > 1 or (foreground.size == 1 and int(foreground[0]) not in _FOREGROUND):
            shown = ", ".join(map(str, found[:6]))
            reason = f"is not binary: {found.size} values ({shown}{', ...' if found.size > 6 else ''})"
            raise DatasetError(self.path, reason, "Save it losslessly as 0 and 255.")
        mask: Mask = values > 0
        return mask


def read_mask_file(path: Path) -> NDArray[np.uint8 | np.uint16]:
    """The values of a mask file, (H, W).

    Raises:
        DatasetError: it cannot be read, is no image, or its channels differ.
    """
    try:
        content = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise DatasetError(path, f"cannot be read: {error.strerror}", "Check the file.") from error
    values = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if content.size else None
    if values is None:
        raise DatasetError(path, "is no image that can be decoded", "Save the mask as PNG.")
    if values.ndim == 3:
        if (values != values[..., :1]).any():
            raise DatasetError(path, "is not binary: its channels differ", "Save it in one channel.")
        values = values[..., 0]
    return values.astype(np.uint16) if values.dtype == np.uint16 else values.astype(np.uint8)


def resize_mask(mask: Mask, shape: tuple[int, int]) -> Mask:
    """Resize a mask to (H, W): a pixel belongs to it where at least half of its area does."""
    if mask.shape == shape:
        return mask
    height, width = shape
    shrinks = height <= mask.shape[0] and width <= mask.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    share = cv2.resize(mask.astype(np.float32), (width, height), interpolation=method)
    resized: Mask = share >= 0.5
    return resized


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
