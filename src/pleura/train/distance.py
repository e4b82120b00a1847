"""Signed distance maps of masks."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def signed_distances(masks: Tensor) -> Tensor:
    """How far each pixel is from the boundary: (N, 1, S, S) masks in [0, 1] -> (N, 1, S, S) float32 in [-1, 1].

    A pixel of the mask (a half or more) has minus the distance to the nearest one outside, over the largest of them
    on that film; any other the distance to the nearest of the mask, likewise. A film without a mask is +1
    everywhere, one that is all mask -1. Measured between pixel centres, exactly (Felzenszwalb 2012), on the CPU.
    """
    planes = (masks[:, 0] >= 0.5).cpu().numpy()
    maps = np.stack([_signed_distance(plane) for plane in planes])
    return torch.from_numpy(maps)[:, None].to(masks.device)


def _signed_distance(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    if mask.all() or not mask.any():
        return np.full(mask.shape, -1.0 if mask.all() else 1.0, dtype=np.float32)
    inside, outside = _to_other_kind(mask), _to_other_kind(~mask)
    result: NDArray[np.float32] = (outside / outside.max() - inside / inside.max()).astype(np.float32)
    return result


def _to_other_kind(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Of each pixel of the mask the distance to the nearest one outside, 0 elsewhere."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float32)
