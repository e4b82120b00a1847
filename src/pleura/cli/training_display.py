"""What the terminal shows while a network trains."""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from pleura.cli.console import say

if TYPE_CHECKING:
    from pleura.train.plan import Progress

_SILENCE_S = 30.0
_LEAST_SHARE = 1e-3
"""Less than this behind it says nothing of the time left."""


class TrainingDisplay(AbstractContextManager["TrainingDisplay"]):
    """A progress bar on a terminal; elsewhere a line every half minute.

    `clock` gives seconds, for tests; `tell` takes a line, and where it is another's no bar is drawn either.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, tell: Callable[[str], None] = say) -> None:
        self._clock, self._tell = clock, tell
        self._told = -_SILENCE_S
        self._member, self._number, self._total = "", 1, 1
        self._began: tuple[float, float] | None = None
        self._bar: AbstractContextManager[object] = nullcontext()
        self._on_terminal = tell is say and sys.stderr.isatty()
        if self._on_terminal:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24))
            self._progress = Progress(*columns, console=Console(stderr=True))
            self._task = self._progress.add_task("training", total=1.0)
            self._bar = self._progress

    def __enter__(self) -> "TrainingDisplay":
        self._bar.__enter__()
        return self

    def __exit__(self, *reason: object) -> None:
        self._bar.__exit__(*reason)  # type: ignore[arg-type]  # passes on what `with` gave

    def begin(self, member: str, number: int, total: int) -> None:
        """Say which run of a system is up, the `number`th of `total`; each counts alike in the time left."""
        self._member, self._number, self._total = member, number, total
        if total > 1:
            self._say(f"{member}  (run {number} of {total})")

    def __call__(self, at: "Progress") -> None:
        """Show where training stands."""
        now, done = self._clock(), (self._number - 1 + at.done) / self._total
        if self._began is None:  # a run that is resumed starts with some of its work behind it
            self._began = (now, done)
        line = describe(at, self._left(now, done))
        if self._total > 1:
            line = f"{self._member}  {line}"
        if self._on_terminal:
            self._progress.update(self._task, description=line, completed=done)
        elif now - self._told >= _SILENCE_S:
            self._told = now
            self._tell(line)

    def _left(self, now: float, done: float) -> float | None:
        """Seconds until the end at the pace so far, None before anything can be said."""
        began, start = self._began or (now, done)
        share = done - start
        return None if share < _LEAST_SHARE else (now - began) / share * (1 - done)

    def _say(self, line: str) -> None:
        if self._on_terminal:
            self._progress.console.print(line, markup=False, highlight=False)
        else:
            self._tell(line)


def describe(at: "Progress", left_s: float | None) -> str:
    """One line: epoch, stage, step, loss, pace, the monitored metric and the time left in s."""
    parts = [f"epoch {at.epoch + 1}/{at.epochs}"]
    if at.stages > 1:
        parts.append(f"stage {at.stage + 1}/{at.stages}")
    parts += [f"step {at.step}/{at.steps}", f"loss {at.loss:.4f}", f"{at.images_per_s:.1f} films/s"]
    if at.last is not None:
        best = "" if at.best is None else f" (best {at.best:.4f})"
        parts.append(f"{at.monitor} {at.last:.4f}{best}")
    if left_s is not None:
        parts.append(f"{_clock_time(left_s)} left")
    return "  ".join(parts)


def _clock_time(seconds: float) -> str:
    """Hours, minutes and seconds, as 1:05:09 or 5:09."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
