"""The training set as uint8 at one resolution: on the device where it fits, else memory-mapped from disk."""

import hashlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import pleura
from pleura.core.ahead import Ahead
from pleura.core.preprocess import to_grey
from pleura.core.recipe import Recipe, Target
from pleura.core.spec import REFERENCE_SIDE, Crop, InputSpec
from pleura.core.types import Mask, Pixels
from pleura.data import Dataset
from pleura.train.encoders import normalisation
from pleura.train.free_memory import free_memory
from pleura.train.lesson import Lesson
from pleura.train.losses import Targets
from pleura.train.shards import Planes, Shards, take, to_bytes, write_shards
from pleura.train.world import here

_SHARE_OF_MEMORY = 0.5

Rows = Sequence[int] | NDArray[np.int64]
Batch = tuple[Tensor, Targets]
"""Films, (n, 1, S, S) float32 in [0, 1], and their targets, on the device."""


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

    films: Planes
    targets: Planes
    present: NDArray[np.bool_]
    device: torch.device
    ids: tuple[str, ...] = ()
    crops: tuple[Crop, ...] | None = None
    labels: NDArray[np.float32] | None = None

    def spec_of(self, row: int, spec: InputSpec) -> InputSpec:
        """How one film becomes the grid: a lung crop is another on each."""
        return spec if self.crops is None else spec.cropped(self.crops[row])

    def batch(self, rows: Rows) -> Batch:
        """Films and targets of some rows."""
        return self._finish(rows, self._fetch(rows))

    def batches(self, several: Sequence[Rows]) -> Generator[Batch, None, None]:
        """The same of one batch after another; from disk each is read while the one before it is worked with."""
        if isinstance(self.films, Tensor):
            yield from map(self.batch, several)
            return
        with Ahead(several, self._fetch) as ahead:
            for rows, coming in ahead:
                yield self._finish(rows, coming.result())

    def _fetch(self, rows: Rows) -> tuple[Tensor, Tensor]:
        """Films and targets as they are kept, on the device."""
        chosen = np.asarray(rows, dtype=np.int64)
        return take(self.films, chosen, self.device), take(self.targets, chosen, self.device)

    def _finish(self, rows: Rows, fetched: tuple[Tensor, Tensor]) -> Batch:
        films, targets = (planes.float() / 255 for planes in fetched)
        labels = self.present.astype(np.float32) if self.labels is None else self.labels
        return films, Targets(targets, torch.from_numpy(labels[np.asarray(rows)]).to(self.device))


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


def make_resident(
    pool: Pool, recipe: Recipe, side: int, device: torch.device, folder: Path, most: int | None = None
) -> Resident:
    """Prepare a pool's films at one resolution.

    Args:
        pool: the films.
        recipe: says how they are seen and what is asked of them.
        side: rows and columns.
        device: where they are trained on.
        folder: takes shards of what memory has no room for.
        most: bytes of memory that films and targets may take; half of what is free if not given.
    """
    specs = _specs(pool, recipe, side)
    lesson = None if pool.lesson is None else pool.lesson.soft.record.model_dump_json()
    kind = f"targets {recipe.target.model_dump_json()} {lesson}"

    def asked(row: int) -> Pixels:
        return _asked(pool, row, recipe.target, specs[row])

    films = film_planes(pool, recipe, side, device, folder, most)
    beyond = folder if isinstance(films, Shards) else None  # not asked again: the films have taken of what was free
    return Resident(
        films=films,
        targets=_planes(asked, _Set(pool, kind, specs), device, beyond, most),
        present=pool.present,
        device=device,
        ids=tuple(dataset.cases[index].id for dataset, index in pool.films),
        crops=pool.crops,
        labels=pool.labels,
    )


def film_planes(
    pool: Pool, recipe: Recipe, side: int, device: torch.device, folder: Path, most: int | None = None
) -> Planes:
    """A pool's films alone at one resolution, (N, 1, side, side) uint8, after the model's own contrast step."""
    films, specs = pool.films, _specs(pool, recipe, side)

    def grey(row: int) -> Pixels:
        dataset, index = films[row]
        return to_grey(dataset.images[index].astype(np.float32) / 255, None, specs[row])

    beyond = 2 * len(films) * side * side > (_room(device) if most is None else most)  # their targets too
    return _planes(grey, _Set(pool, "films", specs), device, folder if beyond else None, most)


def _room(device: torch.device) -> float:
    """Bytes that films and targets may take where nobody says: processes on one machine's memory share it."""
    sharers = here().local_size if device.type == "cpu" else 1
    return _SHARE_OF_MEMORY * free_memory(device) / sharers


def _specs(pool: Pool, recipe: Recipe, side: int) -> list[InputSpec]:
    """How each film becomes the grid: a lung crop is another on each."""
    whole = input_spec(recipe, side)
    return [whole] * len(pool.films) if pool.crops is None else [whole.cropped(crop) for crop in pool.crops]


@dataclass(frozen=True, eq=False)
class _Set:
    """Planes of one kind of a pool's films, each on its own grid."""

    pool: Pool
    kind: str
    specs: list[InputSpec]

    @property
    def shape(self) -> tuple[int, int, int, int]:
        side = self.specs[0].side
        return len(self.specs), 1, side, side

    @property
    def name(self) -> str:
        """Of its folder: another for whatever changes a byte of its content."""
        lines = [f"{pleura.__version__} {self.kind}"]
        for (dataset, index), spec in zip(self.pool.films, self.specs, strict=True):
            lines.append(f"{dataset.record.sha256} {index} {spec.model_dump_json()}")
        key = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        return f"{self.kind.split()[0]}-{self.shape[-1]}-{key[:16]}"


def _planes(
    plane: Callable[[int], Pixels], those: _Set, device: torch.device, folder: Path | None, most: int | None
) -> Planes:
    """Gather (side, side) planes in [0, 1] as (N, 1, side, side) uint8: in shards in a folder, or in memory."""
    shape = those.shape
    if folder is not None:
        return write_shards(folder / those.name, shape, plane, None if most is None else most // 2)
    store = torch.empty(shape, dtype=torch.uint8, device=device)  # at once where they stay: a GPU may hold more
    for row in range(len(store)):
        store[row, 0] = torch.from_numpy(to_bytes(plane(row)))
    return store


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
