"""The parts of a mask, connected also across corners."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Mask


def parts_of(mask: Mask) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Label the 8-connected parts of a mask, (H, W) bool.

    Returns:
        The labels, (H, W): 0 outside, else 1 to N; and N + 1 areas in pixels by label, that of the outside first.
    """
    # With its statistics, most of which nobody asks for, OpenCV takes three times as long.
    count, found = cv2.connectedComponents(np.ascontiguousarray(mask).view(np.uint8), connectivity=8)
    labels = np.asarray(found, dtype=np.int32)
    return labels, np.bincount(labels.ravel(), minlength=count)
