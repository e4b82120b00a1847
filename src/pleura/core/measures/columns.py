"""In which columns of a film a mask lies."""

import cv2
import numpy as np

from pleura.core.types import Mask


def centroid_column(mask: Mask) -> float | None:
    """The column of a mask's centroid, (H, W) bool; None where it is empty."""
    # numpy takes ten times as long to count booleans by column.
    counts = cv2.reduce(np.ascontiguousarray(mask).view(np.uint8), 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
    total = int(counts.sum())
    return float(counts @ np.arange(mask.shape[1])) / total if total else None
