"""A pool of a process a core beside one process, in turn, and what the pool's time is spent on."""

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from batch_films import job_of, real_films
from bench_model import model_path
from rows import results_file, show, warn_if_busy, write_rows

from pleura.batch.engine import Report, Task
from pleura.batch.job import Reading
from pleura.batch.local import LocalPool
from pleura.bench.machine import machine
from pleura.bench.rows import Row
from pleura.bench.timing import Times, alternate, ratio
from pleura.core.processor import cores

FILMS, ROUNDS, SIZE = 160, 3, 4
_BESIDE = ("fetch", "decode")
"""Stages that run beside the others, a film ahead."""
_CONFINED, _MANY = "confined", "many"
_LEAST_GAIN, _LEAST_EXPLAINED, _MOST_WAITING = 1.9, 0.95, 0.05


@dataclass
class Pool:
    """A pool that reads some shards more each time it is called; `reports` and `wall_s` are of the last call.

    `cores` are those that it may use; all where none are named.
    """

    pool: LocalPool
    shards: Iterator[range]
    cores: frozenset[int] = frozenset()
    reports: list[Report] = field(default_factory=list)
    wall_s: float = 0.0

    def __call__(self) -> float:
        """Seconds a film."""
        everywhere = os.sched_getaffinity(0)
        # Its processes are started by the first call, and are confined for good with this one.
        os.sched_setaffinity(0, self.cores or everywhere)
        start = time.perf_counter()
        outcomes = list(self.pool.run(map(Task, next(self.shards))))
        self.wall_s = time.perf_counter() - start
        os.sched_setaffinity(0, everywhere)
        self.reports = [outcome.report for outcome in outcomes if outcome.report is not None]
        return self.wall_s / sum(report.films for report in self.reports)


def measured(folder: Path, films: int, rounds: int) -> list[Row]:
    """Rows of both, and of the pool's stages; the first round warms them and does not count."""
    pools = {name: Pool(*_pool(folder, films, rounds, workers)) for name, workers in _contestants().items()}
    pools[_CONFINED].cores = frozenset(list(os.sched_getaffinity(0))[:1])
    try:
        times = alternate(pools, rounds)
    finally:
        for pool in pools.values():
            pool.pool.close()
    one, confined, many = times.values()
    gain = {"baseline": "one process", "ratio": ratio(many, one), "most_ratio": 1 / _LEAST_GAIN}
    beside = {"baseline": f"that on {cores()} cores", "ratio": ratio(confined, one)}
    return [
        _row("one process, a film", one),
        _row("one process on one core, a film", confined, beside),
        _row(f"{cores()} processes, a film", many, gain),
        *_stages(pools[_MANY], cores()),
    ]


def _contestants() -> dict[str, int]:
    """How many processes each has; the first may use all cores, for its films are decoded in a process apart."""
    return {"one": 1, _CONFINED: 1, _MANY: cores()}


def _pool(folder: Path, films: int, rounds: int, workers: int) -> tuple[LocalPool, Iterator[range]]:
    job = job_of(folder, real_films(folder), films * (rounds + 1), Reading(model=model_path()), SIZE)
    step = films // SIZE
    return LocalPool(job, workers), iter([range(n * step, (n + 1) * step) for n in range(rounds + 1)])


def _stages(pool: Pool, workers: int) -> list[Row]:
    """What a film takes in each stage, and what of the workers' time no stage explains."""
    films, seconds = sum(report.films for report in pool.reports), Counter[str]()
    for report in pool.reports:
        seconds.update(report.seconds)
    waiting = seconds.pop("wait")
    whole = workers * pool.wall_s
    own = sum(taken for stage, taken in seconds.items() if stage not in _BESIDE)
    explained = {"baseline": "the sum of its stages", "ratio": whole / own, "most_ratio": 1 / _LEAST_EXPLAINED}
    idle = {"baseline": "the whole", "ratio": waiting / whole, "most_ratio": _MOST_WAITING}
    rows = [_row(f"stage {stage}", Times((taken / films,))) for stage, taken in seconds.items()]
    rows.append(_row("waiting for the next film", Times((waiting / films,)), idle))
    return [*rows, _row("the whole, a film of one worker", Times((whole / films,)), explained)]


def _row(what: str, times: Times, aim: dict[str, object] | None = None) -> Row:
    return Row(
        f"batch: {what}", times.median, min(times.seconds), max(times.seconds), machine=machine(), **(aim or {})
    )


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=FILMS, help="a round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    warn_if_busy()
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(Path(folder), options.films, options.rounds)
    show(rows)
    write_rows(results_file("batch_pool"), rows)


if __name__ == "__main__":
    main()
