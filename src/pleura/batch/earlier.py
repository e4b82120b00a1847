"""Rows of earlier runs that hold for this one: the same film, read by the same model in the same way.

When films were added to an input, or taken away, its shards hold other films than before. Those that are as they were
are not read again: their rows are taken from the shards of the runs before.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping

from pleura.batch.drive import CRASHED
from pleura.batch.film import INTERNAL
from pleura.batch.inputs.item import Item
from pleura.batch.job import Job, manifest_of, results_of
from pleura.batch.manifest import Manifest
from pleura.batch.row import Row
from pleura.batch.shard_file import read_shard
from pleura.batch.sharding import shard_name, shards_named
from pleura.batch.store import Store
from pleura.core.errors import Refusal

_MAY_PASS = frozenset({Refusal.UNREADABLE.value, INTERNAL, CRASHED})
"""Refusals for what may lie beside the film: who may read it, how much memory there was, a defect of ours."""


class Earlier:
    """The earlier runs of a job.

    A film is the same where its identity, place, size and etag are. One whose source tells no etag is always read, so
    is one that was refused for what may have passed.

    Args:
        job: the job that takes rows over.
        store: where the runs lie.

    Raises:
        BatchError: the manifest of one is damaged.
        FileNotFoundError: it is gone.
        StoreError: the results' store does not answer.
    """

    def __init__(self, job: Job, store: Store) -> None:
        self._store = store
        self._runs = [_Run(store, run) for run in job.earlier]

    def rows(self, items: list[Item]) -> dict[str, Row]:
        """The rows of those of these films that were read before, by identity.

        Args:
            items: films of one shard, in order.

        Raises:
            BatchError: a shard, or a manifest, of an earlier run is damaged.
            FileNotFoundError: it is gone.
            StoreError: the results' store does not answer.
        """
        wanted = {item.identity: item for item in items if item.etag is not None}
        found: dict[str, Row] = {}
        if wanted:
            for run in self._runs:
                for row in run.rows(wanted):
                    found.setdefault(row["identity"], row)
        return found


class _Run:
    """One earlier run; what of it overlaps a shard of ours is read when that is."""

    def __init__(self, store: Store, run: str) -> None:
        self._store, self._name = store, run
        self._manifest = Manifest(store, manifest_of(run))
        self._shards = sorted(shards_named(store.listed(results_of(run))))
        spans = [self._manifest.span(shard) for shard in self._shards]
        self._firsts, self._lasts = [first for first, _ in spans], [last for _, last in spans]

    def rows(self, wanted: Mapping[str, Item]) -> Iterator[Row]:
        """Rows of the films that are wanted, by identity, and that are the same still."""
        first, last = min(wanted), max(wanted)
        for shard in self._shards[bisect_left(self._lasts, first) : bisect_right(self._firsts, last)]:
            same = {item.identity for item in self._manifest.items(shard) if item == wanted.get(item.identity)}
            if same:
                table = read_shard(self._store, f"{results_of(self._name)}/{shard_name(shard)}")
                rows = (row for row in table.to_pylist() if row["identity"] in same)
                yield from (row for row in rows if row["status"] not in _MAY_PASS)
