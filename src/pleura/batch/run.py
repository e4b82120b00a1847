"""A job from its first film to its summary, or the slice of it that is one machine's."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pleura.batch.drive import drive, left
from pleura.batch.engine import Engine
from pleura.batch.job import Job, summary_of
from pleura.batch.sharding import Slice, shard_count
from pleura.batch.store import PATIENT, open_store
from pleura.batch.summary import Tally, tally, write_summary
from pleura.batch.timings import TimingLog

_ItemT = TypeVar("_ItemT")
_WHOLE = Slice()


class Track(Protocol):
    """Passes items on, and shows how far it is."""

    def __call__(self, items: Iterable[_ItemT], label: str, total: int | None = None) -> Iterator[_ItemT]:
        """Items as they come; `total` is how many."""


@dataclass(frozen=True)
class Ended:
    """What came of a slice: counts of all its films, and the file or folder, in `out`, to look at."""

    tally: Tally
    place: str


def run_job(job: Job, hire: Callable[[Job], Engine], track: Track, share: Slice = _WHOLE) -> Ended:
    """Read what is left of a slice, check and count it, and write the summary if no slice lacks anything.

    Args:
        job: what is read.
        hire: gives the engine; it is not called where nothing is left.
        track: shows how far it is.
        share: the slice.

    Raises:
        BatchError: a shard is not what the job would have written.
        PleuraError: no film can be fetched, nothing can be written, or no worker starts, at present.
        OSError: nothing can be written.
    """
    store, count = open_store(job.out, PATIENT), shard_count(job.films, job.size)
    if shards := left(job, store, share):
        with closing(hire(job)) as engine, TimingLog(job, store) as log:
            for shard, report in track(drive(job, store, engine, shards), "reading shards", len(shards)):
                log.add(shard, report)
    ours = share.shards(count)
    done = tally(job, store, track(ours, "checking shards", len(ours)))
    if left(job, store, _WHOLE):
        return Ended(done, job.results)
    write_summary(job, store, done if share == _WHOLE else tally(job, store, range(count)))
    return Ended(done, summary_of(job.run))
