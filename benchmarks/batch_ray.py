"""Ray beside the local pool, both with a process a core: what a film takes once their workers are warm.

The pool reads some films before Ray reads its own, and the same after it, so that a machine that slows down slows
both. The first shards of each reading are left out: their time is that of starting.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from batch_films import job_of, real_films
from bench_model import model_path
from rows import results_file, show, warn_if_busy, write_rows

from pleura.batch.engine import Engine, Task
from pleura.batch.job import Job, Reading
from pleura.batch.local import LocalPool
from pleura.batch.ray_engine import RayEngine
from pleura.bench.machine import machine
from pleura.bench.rows import Row
from pleura.bench.timing import Times
from pleura.core.processor import cores

FILMS, BESIDE = 2000, 500
_MOST_RATIO = 1.3


def measured(folder: Path, films: int, beside: int) -> list[Row]:
    """A row of each engine: seconds a film."""
    reading = Reading(model=model_path())
    job = job_of(folder, real_films(folder), films, reading)
    tasks = [Task(shard) for shard in range(-(-job.films // job.size))]
    some = tasks[: _warming() + -(-beside // job.size)]
    before = _steady(lambda: LocalPool(job, cores()), job, some)
    ray = Times((_steady(lambda: RayEngine(job, cores()), job, tasks),))
    after = _steady(lambda: LocalPool(job, cores()), job, some)
    pool = Times((before, after))
    aim = {"baseline": "the local pool", "ratio": ray.median / pool.median, "most_ratio": _MOST_RATIO}
    return [_row(f"local pool, {beside} films twice", pool, {}), _row(f"Ray, {films} films", ray, aim)]


def _steady(started: Callable[[], Engine], job: Job, tasks: list[Task]) -> float:
    """Seconds a film of the shards behind the first, of which each worker has had some."""
    ends: list[float] = []
    with closing(started()) as engine:
        for outcome in engine.run(tasks):
            assert outcome.report is not None, f"shard {outcome.task.shard} was lost"
            ends.append(time.perf_counter())
    counted = ends[_warming() - 1 :]
    return (counted[-1] - counted[0]) / ((len(counted) - 1) * job.size)


def _warming() -> int:
    """Shards that do not count."""
    return 2 * cores()


def _row(what: str, times: Times, aim: dict[str, object]) -> Row:
    least, most = min(times.seconds), max(times.seconds)
    return Row(f"batch: steady, {what}, a film", times.median, least, most, machine=machine(), **aim)


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=FILMS, help="that Ray reads")
    parser.add_argument("--beside", type=int, default=BESIDE, help="that the pool reads before, and again after")
    options = parser.parse_args()
    warn_if_busy()
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(Path(folder), options.films, options.beside)
    show(rows)
    write_rows(results_file("batch_ray"), rows)


if __name__ == "__main__":
    main()
