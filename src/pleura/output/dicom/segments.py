"""The segments of a finding: one a side of the patient."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Finding, Mask, Side


@dataclass(frozen=True, eq=False)
class Segment:
    """What of a mask lies on one side: its number from 1, its label, and the (H, W) bool itself."""

    number: int
    side: Side
    label: str
    mask: Mask


def segments_of(finding: Finding) -> tuple[Segment, ...]:
    """Split a mask by the sides of its regions, in the order of `Side`; together they are the mask, none overlaps.

    One segment a side and not one a region: a surgeon asks for the side, a viewer lists the segments, and the
    regions stand in the report.
    """
    _, found = cv2.connectedComponents(finding.mask.view(np.uint8), connectivity=8)
    labels: NDArray[np.int32] = np.asarray(found, dtype=np.int32)
    sides = [side for side in Side if any(region.side is side for region in finding.regions)]
    segments = []
    for number, side in enumerate(sides, 1):
        corners = [region.outline[0][0] for region in finding.regions if region.side is side]
        own = np.isin(labels, [labels[row, column] for row, column in corners])
        segments.append(Segment(number, side, f"PTX {side.value.upper()}", own))
    return tuple(segments)
