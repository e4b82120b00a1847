"""The connected parts of an outline: their side, area, bounding box and border."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.measures.sides import SideCues, sides_of_regions
from pleura.core.types import Mask, Region, Spacing

_MM2_A_CM2 = 100.0
_CHILD, _PARENT, _NEXT = 2, 3, 0


def measure_regions(mask: Mask, spacing: Spacing | None) -> tuple[Region, ...]:
    """The 8-connected parts of a native mask of a film of which nothing else is known; see `sided_regions`."""
    return sided_regions(mask, spacing, SideCues())[0]


def sided_regions(mask: Mask, spacing: Spacing | None, cues: SideCues) -> tuple[tuple[Region, ...], str]:
    """Measure the 8-connected parts of a native mask, largest first, and tell their sides by all that is known.

    A part that crosses the midline counts whole on one side.

    Args:
        mask: (H, W) bool at the film's native size.
        spacing: mm between pixels, or None; without it `area_cm2` is None.
        cues: what tells the sides; with none, the half of the picture does.

    Returns:
        The parts by falling area, equal ones from top to bottom, every coordinate in pixels of `mask`; and why
        sides of them are uncertain, or an empty text.
    """
    whole = np.ascontiguousarray(mask).view(np.uint8)
    left, top, width, height = cv2.boundingRect(whole)
    if width == 0:
        return (), ""
    # Everything below costs in proportion to the part of the film that holds anything.
    part = np.ascontiguousarray(whole[top : top + height, left : left + width])
    _, found, stats, centroids = cv2.connectedComponentsWithStats(part, connectivity=8)
    labels = np.asarray(found, dtype=np.int32)
    columns = np.asarray(centroids, dtype=np.float64)[:, 0]
    sides, doubt = sides_of_regions(labels, (top, left), columns, cues, mask.shape[1])
    regions = []
    for label, outline in _outlines(part, labels, (top, left)):
        x, y, across, down, area = (int(value) for value in stats[label])
        box = (top + y, left + x, top + y + down, left + x + across)
        regions.append(Region(sides[label], area, area_cm2(area, spacing), box, outline))
    return tuple(sorted(regions, key=lambda region: (-region.area_px, region.box))), doubt


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
