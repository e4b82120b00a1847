"""How far the borders of two masks lie apart."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Mask

TOLERANCE = 2.0
"""Border within this distance of the other border agrees: mm, or px where the spacing is unknown."""

_PERCENTILE = 0.95
_SLACK = 1 + 1e-9
"""A distance that is the tolerance but for the rounding of its binary digits is within it."""
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True)
class SurfaceScores:
    """What the borders of two masks say.

    Attributes:
        nsd: normalised surface distance, in [0, 1]: the share of both borders that lies within the tolerance of the
            other one. 0 where exactly one mask is empty, NaN where both are.
        hd95: 95th percentile of the Hausdorff distance, mm or px; NaN where either mask is empty.
    """

    nsd: float
    hd95: float


def surface_scores(
    predicted: Mask, truth: Mask, spacing: tuple[float, float] | None, tolerance: float = TOLERANCE
) -> SurfaceScores:
    """Compare the borders of two masks, (H, W) bool.

    A border is made of the mask's own pixels that touch the outside with a side, which the edge of the film does
    too. Distances are exact, from the centre of a border pixel to the nearest of the other border. `nsd` counts
    border pixels, each as one (Nikolov et al. 2021 with pixels as surface elements); `hd95` is the greater of the
    two directed 95th percentiles, each with linear interpolation, not the percentile of both directions together.
    Both are what MONAI computes (`compute_surface_dice`, `compute_hausdorff_distance`).

    Args:
        predicted: the mask to judge.
        truth: the true one.
        spacing: (row_mm, column_mm) between pixel centres down a column and along a row; None for distances in px.
        tolerance: in the same unit, at least 0.

    Raises:
        ValueError: the shapes differ, or a spacing or the tolerance is no distance.
    """
    if predicted.shape != truth.shape:
        raise ValueError(f"predicted {predicted.shape} and truth {truth.shape} differ in shape")
    down, along = (1.0, 1.0) if spacing is None else spacing
    if not (0 < down < math.inf and 0 < along < math.inf and 0 <= tolerance < math.inf):
        raise ValueError(f"spacing ({down}, {along}) and tolerance {tolerance} must be finite distances")
    ours, theirs = (_border(mask) * (down, along) for mask in (predicted, truth))
    if not len(ours) or not len(theirs):
        return SurfaceScores(0.0 if len(ours) or len(theirs) else math.nan, math.nan)
    # Only borders are compared, so a tree of their few pixels costs less than a distance map of the film.
    from scipy.spatial import KDTree  # an extra: whoever predicts has no use for it

    there, back = KDTree(theirs).query(ours)[0], KDTree(ours).query(theirs)[0]
    within = sum(int(np.count_nonzero(distances <= tolerance * _SLACK)) for distances in (there, back))
    farthest = max(float(np.quantile(distances, _PERCENTILE)) for distances in (there, back))
    return SurfaceScores(within / (len(ours) + len(theirs)), farthest)


def _border(mask: Mask) -> NDArray[np.float64]:
    """Rows and columns of the border pixels, (K, 2)."""
    # Outlines read from run-length codes lie in memory column by column: only the part that holds them is copied.
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return np.zeros((0, 2))
    top, left = int(rows[0]), int(columns[0])
    part = np.ascontiguousarray(mask[top : rows[-1] + 1, left : columns[-1] + 1]).view(np.uint8)
    # Beyond the box lies nothing of the mask: inside the film because it is a box, and outside by definition.
    inside = cv2.erode(part, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.argwhere(part != inside).astype(np.float64) + np.array((top, left), dtype=np.float64)
