"""What can go wrong in the middle of a run, said so that the user knows what to change."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from pleura.core.errors import TrainingError
from pleura.core.files import DISK_FULL

_NAMED = 8


def check_finite(loss: Tensor, epoch: int, step: int, films: list[str]) -> None:
    """Stop at a loss that is no number, before it reaches the weights.

    Raises:
        TrainingError: it is not; names the epoch, the step and the films of the batch.
    """
    if torch.isfinite(loss):
        return
    named = ", ".join(films[:_NAMED]) + (f" and {len(films) - _NAMED} more" if len(films) > _NAMED else "")
    raise TrainingError(
        f"the loss became {float(loss.detach())} in epoch {epoch}, step {step}, on the films {named}",
        "The last good checkpoint is kept; lower the learning rate, train in float32 or look at these films.",
    )


@contextmanager
def naming_a_full_disk(folder: Path) -> Iterator[None]:
    """Turn a full disk into an error that says what is safe.

    Raises:
        TrainingError: there was no room for what was written inside.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        reason = f"{error.filename or folder}: the disk is full"
        remedy = "The last checkpoint is whole: make room and go on with --resume."
        raise TrainingError(reason, remedy) from error
