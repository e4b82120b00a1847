"""What came of a run: counted in the shards as they lie there, each checked against the manifest."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pleura.batch.damage import REMEDY
from pleura.batch.errors import BatchError
from pleura.batch.job import Job, summary_of
from pleura.batch.manifest import Manifest
from pleura.batch.plan import read_record
from pleura.batch.row import SCHEMA
from pleura.batch.shard_file import decode
from pleura.batch.sharding import shard_name
from pleura.batch.store import Store
from pleura.core.chunks import chunks
from pleura.output.run import READ

_AT_ONCE = 16


@dataclass
class Tally:
    """How many films some shards hold.

    Attributes:
        films: all of them.
        present: those with a pneumothorax found.
        status: how many were read, and how many refused by which code.
        shards: name, films and SHA-256 of each.
    """

    films: int = 0
    present: int = 0
    status: Counter[str] = field(default_factory=Counter)
    shards: list[dict[str, Any]] = field(default_factory=list)

    @property
    def read(self) -> int:
        """How many were read."""
        return self.status[READ]

    @property
    def refused(self) -> dict[str, int]:
        """How many were refused, by code."""
        return {code: count for code, count in sorted(self.status.items()) if code != READ}

    def document(self) -> dict[str, Any]:
        """The counts as plain JSON values."""
        return {"films": self.films, "read": self.read, "present": self.present, "refused": self.refused}


def tally(job: Job, store: Store, shards: Iterable[int]) -> Tally:
    """Read shards again, check each and count.

    Raises:
        BatchError: a shard, or the manifest, is damaged or not what the job would have written.
        FileNotFoundError: a shard is not there.
        StoreError: the results' store does not answer.
    """
    whole, manifest = Tally(), Manifest(store, job.manifest)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for some in chunks(shards, _AT_ONCE):
            for one in pool.map(lambda shard: _one(job, store, manifest, shard), some):
                whole.films += one.films
                whole.present += one.present
                whole.status += one.status
                whole.shards += one.shards
    return whole


def write_summary(job: Job, store: Store, whole: Tally) -> None:
    """Write what came of a run that is done: the same bytes whoever did it, and however often it was interrupted.

    Raises:
        BatchError: the record of the run is damaged.
        OSError: it cannot be written.
        StoreError: the results' store does not take it.
    """
    content = {**read_record(store, job.run), **whole.document(), "results": whole.shards}
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    store.write(summary_of(job.run), text.encode("utf-8"))


def _one(job: Job, store: Store, manifest: Manifest, shard: int) -> Tally:
    content = store.read(job.shard(shard))
    rows = decode(job.shard(shard), content)
    ours = rows.schema.equals(SCHEMA) and rows.column("identity").equals(manifest.identities(shard))
    if not ours or set(rows.column("settings_sha256").to_pylist()) != {job.settings.sha256}:
        reason = "does not hold the films that the manifest names for it, read with this model"
        raise BatchError(job.shard(shard), reason, REMEDY)
    status = Counter[str](rows.column("status").to_pylist())
    entry = {"name": shard_name(shard), "films": len(rows), "sha256": hashlib.sha256(content).hexdigest()}
    return Tally(len(rows), rows.column("present").to_pylist().count(True), status, [entry])
