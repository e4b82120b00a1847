"""The borders of a mask as an SVG path."""

import cv2
import numpy as np

from pleura.core.types import Mask

_MOST_POINTS, _TOLERANCE = 1500, 0.25


def outline_path(mask: Mask, scale: float) -> str:
    """The outlines of a mask, (H, W) bool, as one SVG path; holes are outlined too.

    Lines keep within a quarter of a unit. Of a mask that is mere noise the smallest outlines are left out.

    Args:
        mask: what to outline.
        scale: units of the path a pixel of the mask.
    """
    left = _MOST_POINTS
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    parts = []
    for contour in sorted(contours, key=len, reverse=True)[:_MOST_POINTS]:
        simple = cv2.approxPolyDP(contour, _TOLERANCE / scale, closed=True)
        if len(simple) <= left:
            left -= len(simple)
            # A contour runs through pixel centres, which lie half a pixel from where the pixel begins.
            points = (simple[:, 0].astype(np.float64) + 0.5) * scale
            parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(parts)
