"""The log of a run: what each shard took. It lies beside the results, whose bytes say nothing of time."""

import json
import secrets
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from pleura.batch.engine import Report
from pleura.batch.job import Job
from pleura.batch.store import Store

_AT_ONCE = 1000


class TimingLog:
    """One driver's log, as files of 1000 lines of JSON, a line a shard; inside its `with` block.

    Args:
        job: what is read.
        store: where the results go.
    """

    def __init__(self, job: Job, store: Store) -> None:
        started = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        self._name = f"{job.run}/logs/{started}-{secrets.token_hex(4)}"
        self._store, self._files = store, 0
        self._lines: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write()

    def add(self, shard: int, report: Report) -> None:
        """Note what a shard took."""
        seconds = {stage: round(taken, 6) for stage, taken in report.seconds.items()}
        line = {"shard": shard, "films": report.films, "refused": report.refused, "reused": report.reused}
        self._lines.append(json.dumps({**line, "wall": round(report.wall_s, 6), "seconds": seconds}))
        if len(self._lines) == _AT_ONCE:
            self._write()

    def _write(self) -> None:
        if self._lines:
            self._store.write(
                f"{self._name}-{self._files:04d}.jsonl", "".join(f"{line}\n" for line in self._lines).encode()
            )
            self._files += 1
            self._lines = []
