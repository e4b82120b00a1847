"""What a film costs among 100,000 beside one among 1000, step by step, with a network that costs next to nothing."""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from batch_films import drawn_films, tiny_model, write_table
from rows import results_file, show, warn_if_busy, write_rows

from pleura.batch.drive import drive, left
from pleura.batch.inputs import open_source
from pleura.batch.job import Reading
from pleura.batch.local import LocalPool
from pleura.batch.plan import plan
from pleura.batch.sharding import Slice
from pleura.batch.store import open_store
from pleura.batch.summary import tally, write_summary
from pleura.bench.machine import machine
from pleura.bench.rows import Row
from pleura.core.processor import cores

FEW, MANY, SIZE = 1000, 100_000, 100
_MOST_DEARER = 1.1
Made = TypeVar("Made")


def steps(folder: Path, films: int) -> dict[str, float]:
    """Seconds a film of every step of a batch, from the list of its films to a second run that finds all done."""
    folder.mkdir()
    reading = Reading(model=tiny_model(folder), gate=False, lungs=False)
    table, out = write_table(folder / "films.parquet", drawn_films(folder), films), str(folder / "out")
    store, watch = open_store(out), Watch()
    job = watch("list, write the manifest", lambda: plan(open_source(str(table)), out, reading, SIZE))
    shards = watch("find what is left (anti-join)", lambda: left(job, store, Slice()))
    pool = LocalPool(job, cores())
    try:
        # Warm: what a process takes to start is no cost of a film.
        warm = dict(drive(job, store, pool, shards[: cores()]))
        commits = watch("read and commit", lambda: dict(drive(job, store, pool, shards[cores() :])))
    finally:
        pool.close()
    watch("check, count, summarise", lambda: write_summary(job, store, tally(job, store, shards)))
    watch("find that nothing is left", lambda: left(job, store, Slice()))
    assert sum(report.films for report in (*warm.values(), *commits.values())) == films
    watch.seconds["commit, in the worker"] = sum(report.seconds["commit"] for report in commits.values())
    return {step: seconds / films for step, seconds in watch.seconds.items()}


class Watch:
    """Seconds of each step, by its name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, step: str, work: Callable[[], Made]) -> Made:
        """Do it, and note what it took."""
        start = time.perf_counter()
        made = work()
        self.seconds[step] = time.perf_counter() - start
        return made


def measured(folder: Path, few: int, many: int) -> list[Row]:
    """A row a step, and one of them all: that has the aim."""
    cheap, dear = (steps(folder / str(films), films) for films in (few, many))
    for taken in (cheap, dear):
        taken["all steps"] = sum(seconds for step, seconds in taken.items() if step != "commit, in the worker")
    return [
        Row(
            f"batch of {many}: {step}, a film",
            *(dear[step],) * 3,
            baseline=f"a film of {few}",
            ratio=dear[step] / cheap[step],
            most_ratio=_MOST_DEARER if step == "all steps" else None,
            machine=machine(),
        )
        for step in dear
    ]


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--many", type=int, default=MANY)
    options = parser.parse_args()
    warn_if_busy()
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(Path(folder), options.few, options.many)
    show(rows)
    write_rows(results_file("batch_number"), rows)


if __name__ == "__main__":
    main()
