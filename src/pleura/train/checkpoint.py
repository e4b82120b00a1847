"""Checkpoints that are whole or absent, hold plain data only and are read with `weights_only`."""

from pathlib import Path
from typing import Any

import torch

from pleura.core.errors import TrainingError
from pleura.core.files import replacing

LAST, BEST = "last.pt", "best.pt"


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint atomically; `state` holds tensors, numbers, strings, lists and dicts."""
    with replacing(path) as file:
        torch.save(state, file)


def load_checkpoint(path: Path, device: torch.device) -> dict[str, Any]:
    """Read a checkpoint.

    Raises:
        TrainingError: no such checkpoint.
    """
    if not path.is_file():
        raise TrainingError(f"{path}: no such checkpoint", "Start this run without --resume, or name its folder.")
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return state
