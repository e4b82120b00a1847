"""What the terminal shows while a network trains."""

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from pleura.cli.console import say

if TYPE_CHECKING:
    from pleura.train.plan import Progress

_SILENCE_S = 30.0


class TrainingDisplay(AbstractContextManager["TrainingDisplay"]):
    """A progress bar on a terminal; elsewhere a line every half minute."""

    def __init__(self) -> None:
        self._told = 0.0
        self._bar: AbstractContextManager[object] = nullcontext()
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
            self._progress = Progress(*columns, console=Console(stderr=True))
            self._task = self._progress.add_task("training", total=None)
            self._bar = self._progress

    def __enter__(self) -> "TrainingDisplay":
        self._bar.__enter__()
        return self

    def __exit__(self, *reason: object) -> None:
        self._bar.__exit__(*reason)  # type: ignore[arg-type]  # passes on what `with` gave

    def __call__(self, at: "Progress") -> None:
        """Show where training stands."""
        line = f"epoch {at.epoch + 1}/{at.epochs}  loss {at.loss:.4f}  {at.images_per_s:.1f} films/s"
        if sys.stderr.isatty():
            done, total = at.epoch * at.steps + at.step, at.epochs * at.steps
            self._progress.update(self._task, description=line, completed=done, total=total)
        elif time.monotonic() - self._told > _SILENCE_S:
            self._told = time.monotonic()
            say(f"{line}  step {at.step}/{at.steps}")
