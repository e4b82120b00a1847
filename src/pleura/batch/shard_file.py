"""A shard: the rows of its films as one Parquet file, the same bytes for the same rows."""

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from pleura.batch.damage import undamaged
from pleura.batch.inputs.item import Item
from pleura.batch.job import Job
from pleura.batch.row import SCHEMA, Row
from pleura.batch.store import Store

_LEVEL = 3


def commit(job: Job, store: Store, shard: int, items: Sequence[Item], rows: Sequence[Row]) -> None:
    """Write a shard, whole or not at all.

    Args:
        job: whose shard.
        store: where to.
        shard: which one.
        items: its films, in order.
        rows: what came of each.

    Raises:
        OSError: the folder cannot be written to.
        StoreError: the object store does not take it.
    """
    store.write(job.shard(shard), encode(job, items, rows))


def encode(job: Job, items: Sequence[Item], rows: Sequence[Row]) -> bytes:
    """The bytes of a shard: a function of its rows and of the version of pyarrow, which the settings name."""
    of_all = {"model_sha256": job.settings.model_sha256, "settings_sha256": job.settings.sha256}
    whole = [{**row, "identity": item.identity, **of_all} for item, row in zip(items, rows, strict=True)]
    buffer = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist(whole, schema=SCHEMA),
        buffer,
        row_group_size=len(whole),
        version="2.6",
        compression="zstd",
        compression_level=_LEVEL,
        write_page_checksum=True,
    )
    return buffer.getvalue()


def read_shard(store: Store, name: str) -> pa.Table:
    """The rows of a shard.

    Raises:
        BatchError: it is damaged.
        FileNotFoundError: it is not there.
        StoreError: the results' store does not answer.
    """
    return decode(name, store.read(name))


def decode(name: str, content: bytes) -> pa.Table:
    """The rows in the bytes of a shard, each page of them checked; `name` is for the error.

    Raises:
        BatchError: they are damaged.
    """
    with undamaged(name):
        return pq.ParquetFile(io.BytesIO(content), page_checksum_verification=True).read(use_threads=False)
