"""TensorBoard's event files of a run, where they are asked for: the same figures as in metrics.jsonl."""

import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pleura.core.errors import TrainingError
from pleura.train.journal import EpochRecord

EVENTS = "tensorboard"


class Board:
    """Writes each epoch's figures to RUN/tensorboard; a run that is resumed writes all again, as a kill lost some.

    `before` are the epochs that were trained already.

    Raises:
        TrainingError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path, before: Sequence[EpochRecord] = ()) -> None:
        if importlib.util.find_spec("tensorboard") is None:
            raise TrainingError("tensorboard is not installed", 'Run: pip install "pleura[tensorboard]".')
        from torch.utils.tensorboard import SummaryWriter

        make: Any = SummaryWriter  # torch leaves it bare
        self._writer = make(str(folder / EVENTS), purge_step=0)  # hides what earlier files have
        for record in before:
            self.add(record)

    def add(self, record: EpochRecord) -> None:
        """Write one epoch; a figure that is undefined is left out."""
        for tag, value in scalars(record).items():
            self._writer.add_scalar(tag, value, record.epoch)
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()


def scalars(record: EpochRecord) -> dict[str, float]:
    """An epoch's figures by TensorBoard's tags, which group by what stands before the slash."""
    found = {"loss/training": record.train_loss, "run/learning_rate": record.learning_rate}
    if record.seconds > 0:
        found["run/films_per_s"] = record.films / record.seconds
    found |= {f"terms/{name}": value for name, value in record.terms.items()}
    for name, value in record.validation.items():
        found["loss/validation" if name == "loss" else f"validation/{name}"] = value
    return {tag: value for tag, value in found.items() if math.isfinite(value)}
