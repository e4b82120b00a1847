"""The outline of a region, and the line of a distance, as points that fit into a DICOM value."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Measure, Region

_MOST_POINTS = 8000
"""A value of single-precision pairs holds 8191: its length is written with 16 bits (PS3.5 section 7.1.2)."""
_FIRST_TOLERANCE_PX = 0.5


def polygon_of(region: Region) -> NDArray[np.float64]:
    """The outer border as (N, 2) columns and rows of pixel centres, the first point again at the end.

    (0, 0) is the centre of the film's first pixel. A hole has no place in a polygon of DICOM: the SEG shows it. A
    border of more than 8,000 corners loses those that stand off a straight line by less than half a pixel, and if
    need be twice that and so on (Douglas and Peucker 1973).
    """
    border, tolerance = region.outline[0][:, ::-1], _FIRST_TOLERANCE_PX
    points: NDArray[np.int32] = border
    while len(points) >= _MOST_POINTS:
        kept = cv2.approxPolyDP(np.ascontiguousarray(border)[:, None], tolerance, closed=True)
        points = np.asarray(kept, dtype=np.int32)[:, 0]
        tolerance *= 2
    return np.concatenate((points, points[:1])).astype(np.float64)


def line_of(measure: Measure) -> NDArray[np.float64] | None:
    """The two ends of a distance as (2, 2) columns and rows, (0, 0) the centre of the first pixel; None without."""
    return None if measure.ends is None else np.array(measure.ends, dtype=np.float64)[:, ::-1]
