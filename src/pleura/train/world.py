"""One process or many: data-parallel training that comes to the same as one process with the whole batch.

The convention, of which all else follows: every process computes the loss L of the whole batch, from sums pooled
over the processes, and its backward pass gives the slope of the sum of all processes' losses, which is n L for n of
them. `pooled` therefore sums slopes on the way back as it sums values on the way there (a sum over processes is its
own adjoint), and `average_gradients` divides by n once, at the end. Nothing is then counted twice, however often
sums are pooled on the way from weights to loss, in batch norm for example, and unequal shares of a batch are exact.

Batch norm has statistics of its own over the whole batch, see `batch_norm.py`. Three things differ from one process:
dropout, which each process draws for its share by itself; the running variance under a mean teacher, whose unlabelled
films stand in every process and count as n times as many; and rounding, which Adam magnifies in float32.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn

from pleura.core.errors import TrainingError

CACHE = "cache"
"""Of a run's folder: films that memory has no room for."""


@dataclass(frozen=True)
class World:
    """All processes that train together; this one is number `rank` of `size`, and on its machine of `local_size`."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes files and shows progress."""
        return self.rank == 0

    def device(self, asked: torch.device) -> torch.device:
        """Where this process trains: of several GPUs each process on a machine has its own.

        Raises:
            TrainingError: more processes on this machine than GPUs.
        """
        if asked.type != "cuda" or self.size == 1:
            return asked
        if self.local_rank >= (found := torch.cuda.device_count()):
            reason = f"process {self.local_rank + 1} of this machine has no GPU of its own, there are {found}"
            raise TrainingError(reason, "Start no more processes than GPUs, or train with --device cpu.")
        return torch.device("cuda", self.local_rank)

    def shard(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """This process's share of a batch's rows, in order; shares differ by one row at most.

        Raises:
            TrainingError: fewer rows than processes.
        """
        if len(rows) < self.size:
            raise TrainingError(
                f"a batch of {len(rows)} film(s) cannot be shared by {self.size} processes",
                "Start fewer processes or raise the stage's batch.",
            )
        return np.array_split(rows, self.size)[self.rank]


@contextmanager
def open_world() -> Iterator[World]:
    """Join the other processes where `torchrun` started this one; else it is alone.

    CPU tensors travel by gloo and CUDA tensors by NCCL.

    Raises:
        TrainingError: torchrun's environment is incomplete.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World()
        return
    missing = [name for name in ("RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
    if missing:
        raise TrainingError(f"WORLD_SIZE is {size} but {missing[0]} is not set", "Start with torchrun.")
    world = _told()
    if world.local_rank < torch.cuda.device_count():
        torch.cuda.set_device(world.local_rank)
    distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield world
    finally:
        distributed.destroy_process_group()


def here() -> World:
    """The processes that train together, as `open_world` joined them; one alone where it did not."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return World()
    return _told()


def _told() -> World:
    """What torchrun's environment says of this process."""
    rank, size, local_rank = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    return World(rank, size, local_rank, int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


def wait() -> None:
    """Go on when every process has come here, so that what the first one wrote can be read."""
    pooled(torch.zeros(()))


def restarted() -> bool:
    """Whether torchrun started any of the processes again after one was lost (`--max-restarts`); every one must ask.

    Each node counts its own restarts, so that one which took a lost node's place knows of none.
    """
    mine = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
    return bool(pooled(torch.tensor(float(mine))) > 0)


def scratch_folder(scratch: Path, run: Path) -> Path:
    """A run's own folder in a scratch folder, which other runs of that name may share."""
    key = hashlib.sha256(os.fsencode(run.resolve())).hexdigest()[:16]
    return scratch.resolve() / f"pleura-{key}"


@contextmanager
def own_folder(folder: Path, scratch: Path | None = None) -> Iterator[Path]:
    """Where a process writes: the first into `folder`, each other one into a copy of it that is then dropped.

    So nothing that writes a run's files, or reads them back, has to know that there are other processes. All must see
    `folder`.

    Args:
        folder: of the run; films that lie in a `cache` of it are not copied.
        scratch: takes the copies, best on a disk of the machine's own; beside `folder` if not given.

    Raises:
        TrainingError: `scratch` lies in `folder`, whose copy would hold itself, or the copy cannot be made.
    """
    if scratch is not None and scratch.resolve().is_relative_to(folder.resolve()):
        raise TrainingError(f"--scratch {scratch} lies in --out {folder}", "Name a folder beside or above it.")
    world, whole = here(), folder.resolve()
    copies = whole.parent / f".{whole.name}" if scratch is None else scratch_folder(scratch, whole)
    copies = copies.with_name(f"{copies.name}.process-")
    if world.is_first:
        wait()  # until the others have their copies
        _drop_left(copies, world.size)
        yield folder
        return
    mine = copies.with_name(f"{copies.name}{world.rank}")
    _copy(whole, mine)
    wait()
    try:
        yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)


def _drop_left(copies: Path, size: int) -> None:
    """Drop the copies of processes that torchrun goes on without: `copies` and a number from `size` on."""
    if "TORCHELASTIC_RESTART_COUNT" not in os.environ or not copies.parent.is_dir():
        return
    for left in copies.parent.iterdir():
        number = left.name.removeprefix(copies.name)
        if left.name != number and number.isdecimal() and int(number) >= size:
            shutil.rmtree(left, ignore_errors=True)


def _copy(whole: Path, mine: Path) -> None:
    """Make `mine` a copy of a run's folder, if there is one, and nothing else; half a copy is dropped."""
    shutil.rmtree(mine, ignore_errors=True)
    if not whole.is_dir():
        return
    try:
        shutil.copytree(whole, mine, ignore=shutil.ignore_patterns(CACHE, f"{CACHE}-*"), copy_function=_name_again)
    except OSError as error:
        shutil.rmtree(mine, ignore_errors=True)
        reason = error.strerror or "not every file could be copied"
        raise TrainingError(f"{mine}: no copy of {whole}: {reason}", "Make room, or name a --scratch.") from error


def _name_again(file: str, name: str) -> None:
    """A second name for a file, or a copy where the file system has none: nothing of a run is written in its place.

    Maps of held-out films may be gigabytes, and every process of a training that starts again wants them.
    """
    try:
        # Of a symbolic link, what it leads to: the link itself might lead elsewhere from there.
        os.link(os.path.realpath(file), name)
    except OSError:
        shutil.copyfile(file, name)


def pooled(tensor: Tensor) -> Tensor:
    """The sum of a tensor over all processes, each of which must call this; gradients pass through.

    In one process it is the tensor itself.
    """
    if here().size == 1:
        return tensor
    result: Tensor = _PooledSum.apply(tensor)
    return result


def alone(tensor: Tensor) -> Tensor:
    """The tensor itself: the sum over a process that works by itself."""
    return tensor


def average_gradients(network: nn.Module) -> None:
    """Average the gradients over all processes: call once a step, before clipping and the optimiser's step.

    A float16 scaler may unscale before or after, but must do so before it steps: one process's overflow is then
    everyone's. Parameters without a gradient must be the same ones in each process.
    """
    size = here().size
    if size == 1:
        return
    gradients = [each.grad for each in network.parameters() if each.grad is not None]
    for kind in sorted({gradient.dtype for gradient in gradients}, key=str):
        these = [gradient for gradient in gradients if gradient.dtype == kind]
        flat = torch.cat([gradient.flatten() for gradient in these])
        distributed.all_reduce(flat)
        flat /= size
        for gradient, part in zip(these, torch.split(flat, [each.numel() for each in these]), strict=True):
            gradient.copy_(part.view_as(gradient))


def gathered(values: NDArray[Any]) -> NDArray[Any]:
    """Every process's values, joined along the first axis in the order of the processes."""
    size = here().size
    if size == 1:
        return values
    found: list[NDArray[Any]] = [values] * size
    distributed.all_gather_object(found, values)
    return np.concatenate(found)


def differing(said: dict[str, Any]) -> list[str]:
    """Names of what not all processes say alike; each must call this with the same names."""
    found = [said] * here().size
    if len(found) > 1:
        distributed.all_gather_object(found, said)
    return [name for name in said if any(other[name] != said[name] for other in found)]


def agreed(values: dict[str, float]) -> dict[str, float]:
    """The first process's values, in every process: what decides when to stop must not hang on a last digit."""
    if here().size == 1:
        return values
    said = [values]
    distributed.broadcast_object_list(said, src=0)
    return said[0]


class _PooledSum(torch.autograd.Function):
    """A sum over processes, there and back."""

    @staticmethod
    def forward(_context: Any, tensor: Tensor) -> Tensor:  # noqa: ANN401 - torch's own
        return _summed(tensor)

    @staticmethod
    def backward(_context: Any, slope: Tensor) -> Tensor:  # noqa: ANN401 - torch's own
        return _summed(slope)


def _summed(tensor: Tensor) -> Tensor:
    total = tensor.detach().clone(memory_format=torch.contiguous_format)
    distributed.all_reduce(total)
    return total
