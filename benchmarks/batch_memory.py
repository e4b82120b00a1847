"""The memory that a batch of 20,000 films takes at its end, beside what it takes after the first tenth of them.

The films are real ones of 1024 x 1024 and the gate looks at each. The network is a small one: what grows with films
grows with any, and the default one would take an hour.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from batch_films import job_of, real_films, tiny_model
from rows import results_file, show, write_rows

from pleura.batch.drive import drive, left
from pleura.batch.job import Job, Reading
from pleura.batch.local import LocalPool
from pleura.batch.sharding import Slice
from pleura.batch.store import open_store
from pleura.bench.machine import machine
from pleura.bench.rows import Row
from pleura.cli.console import track

FILMS, WORKERS, SIZE = 20_000, 1, 50
_MOST_GROWTH = 1.03
_KIB = 1 << 10


def memory_mb(pid: int) -> float:
    """Resident memory of a process and of all that it started, in MB (proc(5))."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("ascii")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except FileNotFoundError:
        return 0.0
    known = dict(line.split(":", 1) for line in text.splitlines())
    own = int(known.get("VmRSS", "0 kB").split()[0]) / _KIB
    return own + sum(memory_mb(int(child)) for child in children)


def watched(job: Job, workers: int) -> list[float]:
    """The memory of all workers, in MB, each time that a shard is committed."""
    store, pool, seen = open_store(job.out), LocalPool(job, workers), []
    shards = left(job, store, Slice())
    try:
        for _ in track(drive(job, store, pool, shards), "reading shards", total=len(shards)):
            seen.append(sum(memory_mb(pid) for pid in pool.pids))
    finally:
        pool.close()
    return seen


def row_of(seen: list[float], films: int, workers: int) -> Row:
    """The last tenth beside the second: the first warms the processes."""
    tenth = len(seen) // 10
    early, late = (statistics.median(part) for part in (seen[tenth : 2 * tenth], seen[-tenth:]))
    return Row(
        f"batch: memory of {workers} worker(s) at the end of {films} films",
        late,
        min(seen[tenth:]),
        max(seen),
        unit="MB",
        baseline=f"after {films // 10}",
        ratio=late / early,
        most_ratio=_MOST_GROWTH,
        machine=machine(),
    )


def main() -> None:
    """Measure and write the row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=FILMS)
    parser.add_argument("--workers", type=int, default=WORKERS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = job_of(folder, real_films(folder), options.films, Reading(model=tiny_model(folder), lungs=False), SIZE)
        rows = [row_of(watched(job, options.workers), options.films, options.workers)]
    show(rows)
    write_rows(results_file("batch_memory"), rows)


if __name__ == "__main__":
    main()
