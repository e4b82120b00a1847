"""Which checkpoints of a run are kept, so that a kill at any moment loses none and brings none back.

Every checkpoint that may be kept is written once under its own name in RUN/kept, never over another. last.pt then
says which of them count; only after it do best.pt and best-1.pt to best-k.pt become second names of those files. A
kill in between leaves files that the next epoch, or the resumed run, brings in order.
"""

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pleura.core.files import sync_folder
from pleura.train.checkpoint import BEST, load_checkpoint, save_checkpoint

_FOLDER, _DROPPED = "kept", ".kept"


@dataclass(frozen=True)
class Kept:
    """A checkpoint by its merit, the monitored metric turned so that higher is better, and its name in RUN/kept."""

    merit: float
    name: str


def admit(kept: list[Kept], found: Kept, most: int) -> list[Kept]:
    """The best `most` of them, best first; of equals the earlier one comes first. An undefined merit never stays."""
    if not found.merit > -float("inf"):
        return kept
    return sorted([*kept, found], key=lambda item: -item.merit)[:most]


def save_kept(run: Path, name: str, state: dict[str, Any]) -> None:
    """Write a checkpoint under its own name."""
    save_checkpoint(run / _FOLDER / f"{name}.pt", state)


def load_kept(run: Path, name: str, device: torch.device) -> dict[str, Any]:
    """Read a checkpoint by the name it was saved under."""
    return load_checkpoint(run / _FOLDER / f"{name}.pt", device)


def settle(run: Path, kept: list[Kept], needed: set[str], most: int) -> None:
    """Name the kept checkpoints best.pt and, where several are asked for, best-1.pt to best-k.pt; drop the rest.

    `needed` are names that are no candidates but still wanted. Where RUN/kept is gone the run has ended and nothing
    is left to be done.
    """
    folder = run / _FOLDER
    if not folder.is_dir():
        return
    names = [best_name(rank) for rank in range(1, len(kept) + 1)] if most > 1 else []
    for item, name in [*zip(kept, names, strict=False), *((item, BEST) for item in kept[:1])]:
        _link(folder / f"{item.name}.pt", run / name)
    wanted = {item.name for item in kept} | needed
    for file in folder.iterdir():
        if file.stem not in wanted:
            file.unlink()
    sync_folder(run)


def best_name(rank: int) -> str:
    """File name of the checkpoint of a rank, 1 the best."""
    return f"best-{rank}.pt"


def close(run: Path) -> None:
    """Drop RUN/kept at a run's end, in one step as seen by a run that resumes; checkpoints keep their other names."""
    if (run / _FOLDER).is_dir():
        (run / _FOLDER).rename(run / _DROPPED)
    shutil.rmtree(run / _DROPPED, ignore_errors=True)


def _link(file: Path, name: Path) -> None:
    """Give a file a second name, in one step; a copy where the file system has no links."""
    temporary = name.parent / f".{secrets.token_hex(8)}.part"
    try:
        os.link(file, temporary)
    except OSError:
        shutil.copyfile(file, temporary)
    temporary.replace(name)
    temporary.unlink(missing_ok=True)  # where `name` was that very file already, the replacing did nothing
