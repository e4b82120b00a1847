"""Checkpoints that are whole or absent, hold plain data only and are read with `weights_only`."""

import zipfile
from pathlib import Path
from pickle import UnpicklingError  # what torch answers where a file holds more than plain data
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
        TrainingError: no such checkpoint, or another kind of file.
    """
    if not path.is_file():
        raise TrainingError(f"{path}: no such checkpoint", "Start this run without --resume, or name its folder.")
    remedy = "Name last.pt or best.pt of a run of `pleura train`."
    if not zipfile.is_zipfile(path):
        raise TrainingError(f"{path}: is no checkpoint, or a damaged one", remedy)
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except (RuntimeError, UnpicklingError) as error:
        raise TrainingError(f"{path}: is no checkpoint, or a damaged one", remedy) from error
    if not isinstance(state, dict) or "recipe" not in state:
        raise TrainingError(f"{path}: is not a checkpoint of pleura's", remedy)
    return state
