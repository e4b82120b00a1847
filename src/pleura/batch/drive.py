"""The driver of a batch: which shards are left, who reads them, and what is done where a worker died."""

from collections.abc import Iterable, Iterator

from pleura.batch.engine import Engine, Report, Task
from pleura.batch.film import TRIES
from pleura.batch.job import Job
from pleura.batch.manifest import Manifest
from pleura.batch.row import Row, refused_row
from pleura.batch.shard_file import commit
from pleura.batch.sharding import Slice, shard_count, shards_named
from pleura.batch.store import Store
from pleura.output.run import READ

CRASHED = "crashed"
"""The code of a film whose reading ended its process every time."""


def left(job: Job, store: Store, share: Slice) -> list[int]:
    """The shards of a slice that nobody has committed, in order.

    Raises:
        StoreError: the results' store does not answer.
    """
    there = shards_named(store.listed(job.results))
    return [shard for shard in share.shards(shard_count(job.films, job.size)) if shard not in there]


def drive(job: Job, store: Store, engine: Engine, shards: Iterable[int]) -> Iterator[tuple[int, Report]]:
    """Have shards read and committed; each as it gets done.

    A shard whose worker died is read again film by film, each in a worker that has nothing else to lose; a film that
    ends its worker every time is refused, and all others of its shard are read.

    Args:
        job: what is read.
        store: where the results go.
        engine: has the workers.
        shards: which shards.

    Raises:
        PleuraError: no film can be fetched, nothing can be written, or no worker starts, at present.
        OSError: nothing can be written.
    """
    lost: list[int] = []
    for outcome in engine.run(Task(shard) for shard in shards):
        if outcome.report is None:
            lost.append(outcome.task.shard)
        else:
            yield outcome.task.shard, outcome.report
    for shard in lost:
        yield shard, _film_by_film(job, store, engine, shard)


def _film_by_film(job: Job, store: Store, engine: Engine, shard: int) -> Report:
    items = Manifest(store, job.manifest).items(shard)
    rows: dict[int, Row] = {}
    for _ in range(TRIES):
        for outcome in engine.run([Task(shard, film) for film in range(len(items)) if film not in rows]):
            if outcome.row is not None and outcome.task.film is not None:
                rows[outcome.task.film] = outcome.row
    reason = f"reading it ended its process {TRIES} times"
    remedy = "Look at the film apart; have more memory for each worker if it is very large."
    ordered = [rows.get(film) or refused_row(CRASHED, reason, remedy) for film in range(len(items))]
    commit(job, store, shard, items, ordered)
    return Report(len(items), sum(row["status"] != READ for row in ordered), 0, 0.0)
