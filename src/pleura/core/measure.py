"""Measures of an outline: its connected parts, their side, area, bounding box and border."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Mask, Region, Side, Spacing

_MM2_A_CM2 = 100.0
_CHILD, _PARENT, _NEXT = 2, 3, 0


def measure_regions(mask: Mask, spacing: Spacing | None) -> tuple[Region, ...]:
    """Measure the 8-connected parts of a native mask, largest first.

    The side comes from the half of the picture that holds a part's centroid: the picture's left half is the
    patient's right. A part that crosses the midline counts whole on the side of its centroid. This holds for a
    film hung as usual that shows both lungs; the overlay says that the side is assumed.

    Args:
        mask: (H, W) bool at the film's native size.
        spacing: mm between pixels, or None; without it `area_cm2` is None.

    Returns:
        The parts by falling area, equal ones from top to bottom. Every coordinate is in pixels of `mask`.
    """
    whole = np.ascontiguousarray(mask).view(np.uint8)
    left, top, width, height = cv2.boundingRect(whole)
    if width == 0:
        return ()
    # Everything below costs in proportion to the part of the film that holds anything.
    part = np.ascontiguousarray(whole[top : top + height, left : left + width])
    _, found, stats, centroids = cv2.connectedComponentsWithStats(part, connectivity=8)
    labels = np.asarray(found, dtype=np.int32)
    regions = []
    for label, outline in _outlines(part, labels, (top, left)):
        x, y, across, down, area = (int(value) for value in stats[label])
        box = (top + y, left + x, top + y + down, left + x + across)
        side = side_of(left + float(centroids[label][0]), mask.shape[1])
        regions.append(Region(side, area, area_cm2(area, spacing), box, outline))
    return tuple(sorted(regions, key=lambda region: (-region.area_px, region.box)))


def side_of(column: float, width: int) -> Side:
    """The patient's side at a column of a film `width` pixels wide; the middle itself counts as the left."""
    return Side.RIGHT if column < (width - 1) / 2 else Side.LEFT


def area_cm2(pixels: int, spacing: Spacing | None) -> float | None:
    """An area in pixels as cm2 in the plane of the detector, or None without spacing."""
    return None if spacing is None else pixels * spacing.row_mm * spacing.column_mm / _MM2_A_CM2


def _outlines(
    part: NDArray[np.uint8], labels: NDArray[np.int32], corner: tuple[int, int]
) -> list[tuple[int, tuple[NDArray[np.int32], ...]]]:
    """Each part's label with its borders: the outer one, then its holes, as (N, 2) rows and columns.

    Border following of Suzuki and Abe 1985: both kinds of border run through pixels of the part itself.
    """
    contours, hierarchy = cv2.findContours(part, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    points = [np.asarray(contour, dtype=np.int32).reshape(-1, 2)[:, ::-1] for contour in contours]
    origin = np.array(corner, dtype=np.int32)
    tree = hierarchy.reshape(-1, 4)
    found = []
    for index, outer in enumerate(points):
        if tree[index][_PARENT] >= 0:
            continue
        borders, child = [outer], int(tree[index][_CHILD])
        while child >= 0:
            borders.append(points[child])
            child = int(tree[child][_NEXT])
        row, column = outer[0]
        found.append((int(labels[row, column]), tuple(origin + border for border in borders)))
    return found
