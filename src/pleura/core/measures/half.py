"""One hemithorax with its lung and the air beside it, in the pixels of the film."""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.measures.columns import centroid_column
from pleura.core.parts import parts_of
from pleura.core.types import Hemithoraces, Mask, Side, Spacing

_SLIVER = 0.02
"""Share of the hemithorax's height: what is thinner, some 5 mm, is no lung but a seam between two outlines."""
_NO_LUNG = -1


@dataclass(frozen=True, eq=False)
class Half:
    """One side of a chest, cut out along its hemithorax and turned so that its chest wall stands at column 0.

    Attributes:
        cavity: (h, w) bool, the hemithorax; it touches all four edges.
        air: (h, w) bool, the outline of the pneumothorax inside it.
        lung: (h, w) bool, the largest part of what is left, without slivers; empty where none is left.
        hilum: the row of the hilum.
        covered: share of the side's own parts that lies in the hemithorax, in [0, 1].
        top: the film's row that is row 0 here.
        wall: the film's column that is column 0 here.
        step: 1 where columns here run as on the film, -1 where they run against it.
    """

    cavity: Mask = field(repr=False)
    air: Mask = field(repr=False)
    lung: Mask = field(repr=False)
    hilum: int
    covered: float
    top: int
    wall: int
    step: int

    def on_film(self, row: float, column: float) -> tuple[float, float]:
        """Row and column of the film; whole numbers are centres of pixels here and there."""
        return float(self.top + row), float(self.wall + self.step * column)

    @cached_property
    def lung_rows(self) -> tuple[int, int]:
        """First and last row of the lung; the lung must not be empty."""
        rows = np.flatnonzero(self.lung.any(axis=1))
        return int(rows[0]), int(rows[-1])

    def lung_level(self, quarter: int) -> int:
        """The row so many quarters of the lung's height below its apex; 1 and 3 halve its upper and lower half."""
        first, last = self.lung_rows
        return first + quarter * (last - first) // 4

    @cached_property
    def gaps(self) -> NDArray[np.int64]:
        """Pixels of air in each row between the chest wall and the lung, (h,); -1 where the row holds no lung."""
        edge = self.lung.argmax(axis=1)
        beside = np.arange(self.lung.shape[1]) < edge[:, None]
        gaps: NDArray[np.int64] = (self.air & beside).sum(axis=1, dtype=np.int64)
        gaps[~self.lung.any(axis=1)] = _NO_LUNG
        return gaps


def half_of(mask: Mask, hemithoraces: Hemithoraces, side: Side, spacing: Spacing | None, area_px: int) -> Half | None:
    """Cut out one side.

    The hilum lies at half the height of the hemithorax where its row is not known.

    Args:
        mask: (H, W) bool, the outline on the film; what lies in the hemithorax of a side counts on that side.
        hemithoraces: both, (H, W).
        side: right or left.
        spacing: mm between pixels; without it pixels count as square where slivers are found.
        area_px: pixels of the parts whose side it is.

    Returns:
        That side, or None where its hemithorax is empty.
    """
    right = side is Side.RIGHT
    own, other = (hemithoraces.right, hemithoraces.left) if right else (hemithoraces.left, hemithoraces.right)
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(own).view(np.uint8))
    if width == 0:
        return None
    part = (slice(top, top + height), slice(left, left + width))
    here, there = centroid_column(own), centroid_column(other)
    wall_first = right if here is None or there is None else here < there
    step = 1 if wall_first else -1
    cavity, outline = own[part][:, ::step], mask[part][:, ::step]
    air: Mask = outline & cavity
    known = hemithoraces.hilum_right if right else hemithoraces.hilum_left
    hilum = (height - 1) // 2 if known is None else min(max(known - top, 0), height - 1)
    covered = min(1.0, int(air.sum()) / area_px)
    wall = left if wall_first else left + width - 1
    return Half(cavity, air, _lung(cavity & ~air, spacing), hilum, covered, top, wall, step)


def _lung(rest: Mask, spacing: Spacing | None) -> Mask:
    """The largest part of what is no air, without what is thinner than a sliver."""
    tall = _odd(_SLIVER * rest.shape[0])
    wide = tall if spacing is None else _odd(tall * spacing.row_mm / spacing.column_mm)
    # Zeros around it, or a seam at the edge would count as going on beyond.
    padded = np.pad(rest, ((tall, tall), (wide, wide))).view(np.uint8)
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, np.ones((tall, wide), np.uint8))
    labels, areas = parts_of(opened[tall:-tall, wide:-wide] > 0)
    if len(areas) == 1:
        return np.zeros_like(rest)
    lung: Mask = labels == 1 + int(np.argmax(areas[1:]))
    return lung


def _odd(length: float) -> int:
    """The nearest odd length, so that opening keeps its place; 1 at the least."""
    return 2 * max(0, round((length - 1) / 2)) + 1
