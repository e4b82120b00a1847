"""Planes that memory has no room for: files of some films each, memory-mapped, written by whoever is there first.

Every process of a training walks over all shards, from a place of its own, and writes those that are not there yet.
So processes on one file system share the work, and those on machines with a disk of their own each do all of it,
without a word between them; what a kill left unfinished is gone on with.
"""

import math
import mmap
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pleura.core.errors import TrainingError
from pleura.core.files import replacing
from pleura.core.types import Pixels
from pleura.train.world import here

SHARD_BYTES, MOST_SHARDS = 64 << 20, 128
"""A shard holds as many whole films as fit, one at least, and more where a set would have too many shards: each keeps
a file open, of which a process may often have 1024."""


class Shards:
    """Planes of films on disk, (N, 1, S, S) uint8.

    Args:
        files: one a shard, in order.
        shape: (N, 1, S, S).
        most: bytes of the files that may stay in memory, or one read's where that has more; None leaves it to the
            system, which gives pages away when something else needs them.

    Raises:
        TrainingError: a file is not as long as its films.
    """

    def __init__(self, files: Sequence[Path], shape: tuple[int, int, int, int], most: int | None = None) -> None:
        self.shape = shape
        self._film = math.prod(shape[1:])
        self._each = films_a_shard(shape)
        self._most, self._taken = most, 0
        self._files = tuple(files)
        lengths = [len(rows) * self._film for rows in shard_rows(shape)]
        self._maps = [_map(*each) for each in zip(files, lengths, strict=True)]
        self._planes = [np.frombuffer(each, dtype=np.uint8).reshape(-1, *shape[1:]) for each in self._maps]

    def __len__(self) -> int:
        return self.shape[0]

    def read(self, rows: NDArray[np.int64], pinned: bool = False) -> Tensor:
        """Read some films, (n,) -> (n, 1, S, S) uint8 on the CPU; the disk is asked for all before any is waited for.

        Args:
            rows: which.
            pinned: into memory from which a GPU takes them while it computes.
        """
        coming = len(rows) * self._film
        if self._most is not None and self._taken + coming > self._most:
            self.drop()
        self._taken += coming
        places = [divmod(int(row), self._each) for row in rows]
        for shard, row in places:
            self._ask_for(shard, row)
        found = torch.empty((len(places), *self.shape[1:]), dtype=torch.uint8, pin_memory=pinned)
        planes = found.numpy()
        for number, (shard, row) in enumerate(places):
            planes[number] = self._planes[shard][row]
        return found

    def drop(self) -> None:
        """Give all pages back: those that are mapped, and those that the system keeps of the files."""
        self._taken = 0
        for each, path in zip(self._maps, self._files, strict=True):
            each.madvise(mmap.MADV_DONTNEED)
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def _ask_for(self, shard: int, row: int) -> None:
        first = row * self._film
        start = first - first % mmap.PAGESIZE
        self._maps[shard].madvise(mmap.MADV_WILLNEED, start, first + self._film - start)


Planes = Tensor | Shards
"""(N, 1, S, S) uint8, on a device or on disk."""


def take(planes: Planes, rows: NDArray[np.int64], device: torch.device) -> Tensor:
    """Some films, (n,) -> (n, 1, S, S) uint8, on a device."""
    if isinstance(planes, Shards):
        return planes.read(rows, device.type == "cuda").to(device, non_blocking=True)
    return planes[torch.from_numpy(rows).to(planes.device)].to(device)


def write_shards(
    folder: Path, shape: tuple[int, int, int, int], plane: Callable[[int], Pixels], most: int | None = None
) -> Shards:
    """Write what is missing of a set's shards and open them.

    Args:
        folder: the set's own, named by all that its content depends on; shards that are there are not looked into.
        shape: (N, 1, S, S).
        plane: a film's plane, (S, S) in [0, 1], by its row.
        most: see `Shards`.

    Raises:
        OSError: the folder cannot be written to.
    """
    shards = shard_rows(shape)
    files = [folder / f"{number:05}.u8" for number in range(len(shards))]
    world = here()
    first = world.rank * len(shards) // world.size
    for number in (*range(first, len(shards)), *range(first)):
        if not files[number].exists():
            with replacing(files[number], keep=True) as file:
                for row in shards[number]:
                    file.write(to_bytes(plane(row)).tobytes())
    return Shards(files, shape, most)


def to_bytes(plane: Pixels) -> NDArray[np.uint8]:
    """A plane in [0, 1] in 255 steps."""
    levels: NDArray[np.uint8] = np.rint(plane * 255).astype(np.uint8)
    return levels


def shard_rows(shape: tuple[int, int, int, int]) -> list[range]:
    """The rows of each shard of a set, (N, 1, S, S)."""
    films, each = shape[0], films_a_shard(shape)
    return [range(start, min(start + each, films)) for start in range(0, films, each)]


def films_a_shard(shape: tuple[int, int, int, int]) -> int:
    """How many films a shard holds, but for the last one."""
    return max(1, SHARD_BYTES // math.prod(shape[1:]), math.ceil(shape[0] / MOST_SHARDS))


def _map(path: Path, length: int) -> mmap.mmap:
    """A map to read: one that could be written to counts in full where the system grants memory strictly."""
    with path.open("rb") as file:
        if (found := os.fstat(file.fileno()).st_size) != length:
            raise TrainingError(f"{path}: has {found} bytes where {length} belong", "Remove the file and resume.")
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
