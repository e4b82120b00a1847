"""The training set as uint8 at one resolution: on the device where it fits, else memory-mapped in the run folder."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pleura.core.preprocess import to_grey
from pleura.core.recipe import Recipe, Target
from pleura.core.spec import REFERENCE_SIDE, Crop, InputSpec
from pleura.data import Dataset
from pleura.train.encoders import normalisation
from pleura.train.losses import Targets

_SHARE_OF_MEMORY = 0.5


@dataclass(frozen=True, eq=False)
class Pool:
    """Which films of a data set are trained on or judged; `indices` are (N,) positions in it.

    `crops` are the parts of them that a recipe with a lung crop sees, as `pleura.train.lungs` finds them.
    """

    dataset: Dataset
    indices: NDArray[np.int64]
    crops: tuple[Crop, ...] | None = None

    @property
    def present(self) -> NDArray[np.bool_]:
        """Whether there is a pneumothorax, (N,)."""
        return np.array([self.dataset.cases[int(index)].present for index in self.indices], dtype=np.bool_)


@dataclass(frozen=True)
class Resident:
    """Films after the model's own contrast step and what is asked for, (N, 1, S, S) uint8; `present` is (N,).

    `ids` are the films' names in the data set, for errors; `crops` the part that is seen of each, where they differ.
    """

    films: Tensor
    targets: Tensor
    present: NDArray[np.bool_]
    device: torch.device
    ids: tuple[str, ...] = ()
    crops: tuple[Crop, ...] | None = None

    def spec_of(self, row: int, spec: InputSpec) -> InputSpec:
        """How one film becomes the grid: a lung crop is another on each."""
        return spec if self.crops is None else spec.cropped(self.crops[row])

    def batch(self, rows: Sequence[int] | NDArray[np.int64]) -> tuple[Tensor, Targets]:
        """Films, (n, 1, S, S) float32 in [0, 1], and targets of some rows on the device."""
        index = torch.as_tensor(np.asarray(rows), device=self.films.device)
        films, targets = self.films[index], self.targets[index]
        label = torch.from_numpy(self.present[np.asarray(rows)]).to(self.device).float()
        return films.to(self.device).float() / 255, Targets(targets.to(self.device).float() / 255, label)


def input_spec(recipe: Recipe, side: int) -> InputSpec:
    """The input spec of a recipe's model at one resolution."""
    mean, std = normalisation(recipe.network.encoder, recipe.input)
    return InputSpec(
        side=side,
        channels=recipe.input.channels,
        contrast=recipe.input.contrast,
        crop=recipe.input.crop,
        lung_crop=recipe.input.lung_crop,
        patch=recipe.input.patch,
        clahe=recipe.input.clahe,
        mean=mean,
        std=std,
    )


def make_resident(pool: Pool, recipe: Recipe, side: int, device: torch.device, folder: Path) -> Resident:
    """Prepare a pool's films at one resolution; `folder` takes them where the device is too small."""
    dataset, indices = pool.dataset, pool.indices
    size = 2 * len(indices) * side * side
    shape = (2, len(indices), 1, side, side)
    if size <= _SHARE_OF_MEMORY * _free_memory(device):
        store = np.empty(shape, dtype=np.uint8)
        home = device
    else:
        folder.mkdir(parents=True, exist_ok=True)
        # Named by its films: a second set of as many must not be written over this one while it is mapped.
        name = f"resident-{side}-{hashlib.sha256(indices.tobytes()).hexdigest()[:16]}.u8"
        store = np.memmap(folder / name, dtype=np.uint8, mode="w+", shape=shape)
        home = torch.device("cpu")
    whole = input_spec(recipe, side)
    for row, index in enumerate(indices):
        spec = whole if pool.crops is None else whole.cropped(pool.crops[row])
        grey = to_grey(dataset.images[index].astype(np.float32) / 255, None, spec)
        store[0, row, 0] = np.rint(grey * 255)
        store[1, row, 0] = np.rint(_target(dataset.mask(int(index)), recipe.target, spec) * 255)
    films, targets = torch.from_numpy(store[0]).to(home), torch.from_numpy(store[1]).to(home)
    ids = tuple(dataset.cases[int(index)].id for index in indices)
    return Resident(films, targets, pool.present, device, ids, pool.crops)


def _target(mask: NDArray[np.bool_], target: Target, spec: InputSpec) -> NDArray[np.float32]:
    """Grow and soften a mask, then take it to the network's grid: (H, W) bool -> (side, side) in [0, 1]."""
    plane = mask.astype(np.float32)
    scale = mask.shape[0] / REFERENCE_SIDE
    if target.grow_px > 0 and mask.any():
        reach = max(1, round(2 * target.grow_px * scale) | 1)
        plane = cv2.dilate(plane, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))).astype(np.float32)
    if target.blur_px > 0 and mask.any():
        plane = cv2.GaussianBlur(plane, (0, 0), target.blur_px * scale).astype(np.float32)
    bare = spec.model_copy(update={"contrast": spec.contrast.model_copy(update={"kind": "declared"}), "clahe": None})
    return to_grey(plane, None, bare)


def _free_memory(device: torch.device) -> int:
    """Bytes that can be had; where the system does not say (no /proc), all that are built in."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    known = Path("/proc/meminfo")
    if not known.is_file():
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with known.open() as table:
        line = next(line for line in table if line.startswith("MemAvailable"))
    return int(line.split()[1]) * 1024
