"""Ray beside the local pool, both with a process a core: what a film takes once their workers are warm.

The pool reads one half of the films before Ray reads them all, and the other half after it, so that a machine that
slows down slows both. The first shards of each reading are left out: their time is that of starting.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from batch_films import job_of, real_films, tiny_model
from bench_model import model_path
from rows import results_file, show, warn_if_busy, write_rows

from pleura.batch.engine import Engine, Task
from pleura.batch.job import Job, Reading
from pleura.batch.local import LocalPool
from pleura.batch.ray_engine import RayEngine
from pleura.bench.machine import machine
from pleura.bench.rows import Row
from pleura.bench.timing import Times, ratio
from pleura.core.processor import cores

FILMS, WHOLE_FILMS, SIZE = 2000, 400, 10
_MOST_RATIO = 1.3


def compared(folder: Path, what: str, reading: Reading, films: int) -> list[Row]:
    """A row of each engine: seconds a film."""
    job = job_of(folder, real_films(folder), films + 2 * _warming() * SIZE, reading, SIZE)
    tasks = [Task(shard) for shard in range(-(-job.films // job.size))]
    middle = len(tasks) // 2
    before = _steady(lambda: LocalPool(job, cores()), job, tasks[:middle])
    ray = Times((_steady(lambda: RayEngine(job, cores()), job, tasks),))
    after = _steady(lambda: LocalPool(job, cores()), job, tasks[middle:])
    pool = Times((before, after))
    aim = {"baseline": "the local pool", "ratio": ratio(ray, pool), "most_ratio": _MOST_RATIO}
    return [
        Row(f"batch: {what}, {engine}, a film", times.median, min(times.seconds), max(times.seconds), **more)
        for engine, times, more in (
            ("local pool", pool, {"machine": machine()}),
            ("Ray", ray, {"machine": machine(), **aim}),
        )
    ]


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
    return 2 * cores()


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=FILMS, help="with a network that costs next to nothing")
    parser.add_argument("--whole-films", type=int, default=WHOLE_FILMS, help="with the model that ships; 0 for none")
    options = parser.parse_args()
    warn_if_busy()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tiny = Reading(model=tiny_model(folder), gate=False, lungs=False)
        rows = compared(folder, f"{options.films} films, tiny network", tiny, options.films)
        if options.whole_films:
            whole = Reading(model=model_path())
            rows += compared(folder, f"{options.whole_films} films, shipped model", whole, options.whole_films)
    show(rows)
    write_rows(results_file("batch_ray"), rows)


if __name__ == "__main__":
    main()
