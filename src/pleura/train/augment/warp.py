"""Flip, affine, elastic, grid and optical distortion as one composed warp: a single resampling for all of them."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pleura.core.recipe import Range, Warp


@dataclass(frozen=True)
class WarpDraw:
    """One film's warp; positions are in [-1, 1] across the film.

    A pixel of the result at u is taken from `matrix` applied to u + bend(u), where bend is the sum of `elastic`,
    (2, cells, cells) spread smoothly, of `grid`, (2, knots) along x and y, and of `optical` times |u|^2 u.
    """

    matrix: NDArray[np.float32]
    elastic: NDArray[np.float32]
    grid: NDArray[np.float32]
    optical: float


def draw_warp(warp: Warp, rng: np.random.Generator) -> WarpDraw:
    """Draw one film's warp."""
    matrix = np.eye(2, 3, dtype=np.float32)
    if rng.random() < warp.affine:
        matrix = _affine(warp, rng)
    if rng.random() < warp.flip:
        matrix[0, :2] *= -1
        matrix[0, 2] *= -1
    elastic = np.zeros((2, warp.elastic_cells, warp.elastic_cells), dtype=np.float32)
    grid = np.zeros((2, warp.grid_cells + 1), dtype=np.float32)
    optical = 0.0
    if rng.random() < warp.distort:
        kind = warp.kinds[int(rng.integers(len(warp.kinds)))]
        if kind == "elastic":
            elastic = rng.normal(0, 2 * warp.elastic_amplitude, elastic.shape).astype(np.float32)
        elif kind == "grid":
            grid[:, 1:-1] = rng.uniform(-1, 1, (2, warp.grid_cells - 1)) * warp.grid_limit / warp.grid_cells
        else:
            optical = float(rng.uniform(-1, 1) * warp.optical_limit)
    return WarpDraw(matrix, elastic, grid, optical)


def _affine(warp: Warp, rng: np.random.Generator) -> NDArray[np.float32]:
    """From a result's position to the source's: undo shift, then rotation (anticlockwise), then scale."""
    zoom, angle = _uniform(warp.scale, rng), math.radians(_uniform(warp.rotate, rng))
    across, down = 2 * _uniform(warp.shift_x, rng), 2 * _uniform(warp.shift_y, rng)
    cos, sin = math.cos(angle) / zoom, math.sin(angle) / zoom
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = turn @ np.array([-across, -down])
    return np.column_stack((turn, shift)).astype(np.float32)


def _uniform(limits: Range, rng: np.random.Generator) -> float:
    return float(rng.uniform(limits[0], limits[1]))


def apply_warp(
    planes: Tensor, draws: list[WarpDraw], corners: list[tuple[int, int]] | None = None, crop: int | None = None
) -> Tensor:
    """Resample (N, C, S, S) planes once, bilinearly, with black outside; each film by its own draw.

    With `crop` only that many rows and columns of each result are made, from its corner (left, top) on: the same
    pixels as if the whole had been made and then cut.
    """
    positions = _positions(planes, draws)
    if corners is not None and crop is not None:
        cut = [
            each[top : top + crop, left : left + crop] for each, (left, top) in zip(positions, corners, strict=True)
        ]
        positions = torch.stack(cut)
    return functional.grid_sample(planes, positions, mode="bilinear", padding_mode="zeros", align_corners=False)


def _positions(planes: Tensor, draws: list[WarpDraw]) -> Tensor:
    """Where each result pixel comes from, (N, S, S, 2) as x, y in [-1, 1]."""
    side, device = planes.shape[-1], planes.device
    axis = (torch.arange(side, device=device, dtype=torch.float32) + 0.5) * (2 / side) - 1
    here = torch.stack(torch.meshgrid(axis, axis, indexing="xy"))[None]
    there = here.expand(len(draws), -1, -1, -1)
    optical = _stack([np.float32(item.optical) for item in draws], device)
    if bool(optical.any()):
        there = there + optical.view(-1, 1, 1, 1) * here.square().sum(dim=1, keepdim=True) * here
    elastic = _stack([item.elastic for item in draws], device)
    if bool(elastic.any()):
        there = there + functional.interpolate(elastic, size=(side, side), mode="bicubic", align_corners=True)
    grid = _stack([item.grid for item in draws], device)
    if bool(grid.any()):
        bend = functional.interpolate(grid, size=side, mode="linear", align_corners=True)
        there = there + torch.stack(
            (bend[:, 0, None, :].expand(-1, side, -1), bend[:, 1, :, None].expand(-1, -1, side)), dim=1
        )
    matrix = _stack([item.matrix for item in draws], device)
    moved = torch.einsum("nij,njhw->nhwi", matrix[:, :, :2], there)
    return moved + matrix[:, None, None, :, 2]


def _stack(parts: list[NDArray[np.float32]] | list[np.float32], device: torch.device) -> Tensor:
    return torch.from_numpy(np.stack(parts)).to(device, non_blocking=True)
