"""The training set as uint8 at one resolution: on the device where it fits, else memory-mapped in the run folder."""

import hashlib
import math
import os
from collections.abc import Iterable, Sequence
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
from pleura.core.types import Mask, Pixels
from pleura.data import Dataset
from pleura.train.encoders import normalisation
from pleura.train.lesson import Lesson
from pleura.train.losses import Targets

_SHARE_OF_MEMORY = 0.5


@dataclass(frozen=True, eq=False)
class Pool:
    """Films that are trained on or judged, each known by its row.

    Attributes:
        dataset: the run's data set.
        indices: (N,) positions in it of the first N films.
        crops: the parts of all films that a recipe with a lung crop sees, as `pleura.train.lungs` finds them.
        lesson: soft targets of these films, and M further films with theirs.
    """

    dataset: Dataset
    indices: NDArray[np.int64]
    crops: tuple[Crop, ...] | None = None
    lesson: Lesson | None = None

    @property
    def films(self) -> tuple[tuple[Dataset, int], ...]:
        """Where each film stands, (N + M): its data set and its position there."""
        own = tuple((self.dataset, int(index)) for index in self.indices)
        if self.lesson is None or self.lesson.other is None:
            return own
        other = self.lesson.other
        return (*own, *((other, int(index)) for index in self.lesson.added))

    @property
    def present(self) -> NDArray[np.bool_]:
        """Whether there is a pneumothorax, (N + M,)."""
        own = np.array([self.dataset.cases[int(index)].present for index in self.indices], dtype=np.bool_)
        return own if self.lesson is None else self.lesson.present(own)

    @property
    def labels(self) -> NDArray[np.float32]:
        """How sure that is, (N + M,) in [0, 1]: what an image-level head shall say."""
        own = np.array([self.dataset.cases[int(index)].present for index in self.indices], dtype=np.float32)
        return own if self.lesson is None else self.lesson.labels(own)


@dataclass(frozen=True)
class Resident:
    """Films after the model's own contrast step and what is asked for, (N, 1, S, S) uint8.

    `present` is (N,), and `labels`, (N,) in [0, 1], what an image-level head shall say where a teacher is not as sure
    as the truth. `ids` are the films' names in the data set, for errors; `crops` the part that is seen of each, where
    they differ.
    """

    films: Tensor
    targets: Tensor
    present: NDArray[np.bool_]
    device: torch.device
    ids: tuple[str, ...] = ()
    crops: tuple[Crop, ...] | None = None
    labels: NDArray[np.float32] | None = None

    def spec_of(self, row: int, spec: InputSpec) -> InputSpec:
        """How one film becomes the grid: a lung crop is another on each."""
        return spec if self.crops is None else spec.cropped(self.crops[row])

    def batch(self, rows: Sequence[int] | NDArray[np.int64]) -> tuple[Tensor, Targets]:
        """Films, (n, 1, S, S) float32 in [0, 1], and targets of some rows on the device."""
        chosen = torch.as_tensor(np.asarray(rows))
        films, targets = (
            planes[chosen.to(planes.device)].to(self.device).float() / 255 for planes in (self.films, self.targets)
        )
        labels = self.present.astype(np.float32) if self.labels is None else self.labels
        return films, Targets(targets, torch.from_numpy(labels)[chosen].to(self.device))


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
    specs = _specs(pool, recipe, side)
    targets = (_asked(pool, row, recipe.target, spec) for row, spec in enumerate(specs))
    return Resident(
        films=film_planes(pool, recipe, side, device, folder),
        targets=_planes(targets, pool, side, device, folder / "targets"),
        present=pool.present,
        device=device,
        ids=tuple(dataset.cases[index].id for dataset, index in pool.films),
        crops=pool.crops,
        labels=pool.labels,
    )


def film_planes(pool: Pool, recipe: Recipe, side: int, device: torch.device, folder: Path) -> Tensor:
    """A pool's films alone at one resolution, (N, 1, side, side) uint8, after the model's own contrast step."""
    films = zip(pool.films, _specs(pool, recipe, side), strict=True)
    greys = (to_grey(data.images[index].astype(np.float32) / 255, None, spec) for (data, index), spec in films)
    return _planes(greys, pool, side, device, folder / "films")


def _specs(pool: Pool, recipe: Recipe, side: int) -> list[InputSpec]:
    """How each film becomes the grid: a lung crop is another on each."""
    whole = input_spec(recipe, side)
    return [whole] * len(pool.films) if pool.crops is None else [whole.cropped(crop) for crop in pool.crops]


def _planes(planes: Iterable[Pixels], pool: Pool, side: int, device: torch.device, folder: Path) -> Tensor:
    """Gather (side, side) planes in [0, 1] as (N, 1, side, side) uint8; films and targets fill a half each."""
    shape = (len(pool.films), 1, side, side)
    if 2 * math.prod(shape) <= _SHARE_OF_MEMORY * _free_memory(device):
        store, home = np.empty(shape, dtype=np.uint8), device
    else:
        folder.mkdir(parents=True, exist_ok=True)
        # Named by its films: a second set of as many must not be written over this one while it is mapped.
        named = "".join(f"{dataset.record.sha256} {index}\n" for dataset, index in pool.films)
        path = folder / f"resident-{side}-{hashlib.sha256(named.encode('ascii')).hexdigest()[:16]}.u8"
        store, home = np.memmap(path, dtype=np.uint8, mode="w+", shape=shape), torch.device("cpu")
    for row, plane in enumerate(planes):
        store[row, 0] = np.rint(plane * 255)
    return torch.from_numpy(store).to(home)


def _asked(pool: Pool, row: int, target: Target, spec: InputSpec) -> Pixels:
    """What is asked of one film, (side, side) in [0, 1]: its mask, a teacher's map, or a share of both."""

    def mask() -> Pixels:
        return _target(pool.dataset.mask(int(pool.indices[row])), target, spec)

    return mask() if pool.lesson is None else pool.lesson.mix(row, mask, lambda soft: _on_grid(soft, spec))


def _target(mask: Mask, target: Target, spec: InputSpec) -> Pixels:
    """Grow and soften a mask, then take it to the network's grid: (H, W) bool -> (side, side) in [0, 1]."""
    plane = mask.astype(np.float32)
    scale = mask.shape[0] / REFERENCE_SIDE
    if target.grow_px > 0 and mask.any():
        reach = max(1, round(2 * target.grow_px * scale) | 1)
        plane = cv2.dilate(plane, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))).astype(np.float32)
    if target.blur_px > 0 and mask.any():
        plane = cv2.GaussianBlur(plane, (0, 0), target.blur_px * scale).astype(np.float32)
    return _on_grid(plane, spec)


def _on_grid(plane: Pixels, spec: InputSpec) -> Pixels:
    """Take a map of a film, (H, W) in [0, 1], to the network's grid, (side, side), as it is."""
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
