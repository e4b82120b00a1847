"""A pool of a process a core beside one process, in turn, and what the pool's time is spent on."""

import argparse
import tempfile
import time
from collections import Counter
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
_LEAST_GAIN, _LEAST_EXPLAINED, _MOST_WAITING = 1.9, 0.95, 0.05


@dataclass
class Pool:
    """A pool that reads some shards more each time it is called.

    Its pace is that of a long run: the clock goes from the first shard done to the last that counts, while all
    workers are busy; each is given one more, that none runs out of work. `reports` and `wall_s` are of the last call.
    """

    pool: LocalPool
    workers: int
    counted: int
    given: int = 0
    reports: list[Report] = field(default_factory=list)
    wall_s: float = 0.0

    def __call__(self) -> float:
        """Seconds a film."""
        shards = range(self.given, self.given + self.counted + 1 + self.workers)
        self.given = shards.stop
        said = [(outcome.report, time.perf_counter()) for outcome in self.pool.run(map(Task, shards))]
        self.reports = [report for report, _ in said[1 : self.counted + 1] if report is not None]
        self.wall_s = said[self.counted][1] - said[0][1]
        return self.wall_s / sum(report.films for report in self.reports)


def measured(folder: Path, films: int, rounds: int) -> list[Row]:
    """Rows of both, and of the pool's stages; the first round warms them and does not count."""
    one, pool = (_pool(folder, films, rounds, workers) for workers in (1, cores()))
    try:
        times = alternate({"one": one, "many": pool}, rounds)
    finally:
        one.pool.close()
        pool.pool.close()
    # That one may use both cores: its films are decoded in a process apart, beside the network.
    gain = {"baseline": "one process", "ratio": ratio(times["many"], times["one"]), "most_ratio": 1 / _LEAST_GAIN}
    first = _row("one process, a film", times["one"])
    return [first, _row(f"{cores()} processes, a film", times["many"], gain), *_stages(pool, cores())]


def _pool(folder: Path, films: int, rounds: int, workers: int) -> Pool:
    counted = films // SIZE
    every = (rounds + 1) * (counted + 1 + workers) * SIZE
    job = job_of(folder, real_films(folder), every, Reading(model=model_path()), SIZE)
    return Pool(LocalPool(job, workers), workers, counted)


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
