"""The manifest: every film of an input, in order, written before the first is read.

It is a Parquet file whose n-th row group holds the films of the n-th shard, so that whoever reads a shard reads those
rows and no others. Ten million films are never in memory at once, neither here nor where they are read.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pleura.batch.damage import undamaged
from pleura.batch.inputs.item import ITEM_SCHEMA, Item
from pleura.batch.sharding import films_a_shard
from pleura.batch.store import Store
from pleura.core.chunks import chunks

_AT_ONCE = 1 << 16
_CODEC = "zstd"


@dataclass(frozen=True)
class Listing:
    """An input that was listed.

    Attributes:
        path: the manifest, a file of this machine.
        films: how many there are.
        size: films in a shard.
        sha256: of every film's identity, place, size and etag: it differs where any film does, or lies elsewhere.
    """

    path: Path
    films: int
    size: int
    sha256: str


def list_films(items: Iterable[Item], path: Path, size: int | None = None) -> Listing:
    """Write the manifest of an input.

    Args:
        items: its films, as `Source.items` gives them.
        path: the file to make.
        size: films in a shard; None leaves it to their number.

    Raises:
        BatchInputError: the input has no film, or names one twice.
        PleuraError: what holds the films does not answer.
        OSError: the manifest cannot be written.
    """
    digest, films = hashlib.sha256(), 0
    with tempfile.TemporaryFile(dir=path.parent) as unsplit:
        # How many films go into a shard is known at the end of the list only, so it is written twice.
        with pq.ParquetWriter(unsplit, ITEM_SCHEMA, compression=_CODEC) as writer:
            for some in chunks(items, _AT_ONCE):
                for item in some:
                    digest.update(json.dumps((item.identity, item.place, item.size, item.etag)).encode("ascii"))
                writer.write_batch(_rows(some))
                films += len(some)
        size = films_a_shard(films) if size is None else size
        unsplit.seek(0)
        _split(unsplit, path, size)
    return Listing(path, films, size, digest.hexdigest())


class Manifest:
    """A manifest that was written; threads may share it.

    Args:
        store: where it lies.
        name: its name there.

    Raises:
        BatchError: it is damaged.
        OSError: it cannot be read.
        StoreError: the store does not answer.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, name
        self._known = self._look(lambda file: file.metadata)

    def items(self, shard: int) -> list[Item]:
        """The films of a shard, in order."""
        return [Item(**row) for row in self._rows(shard, None).to_pylist()]

    def identities(self, shard: int) -> pa.ChunkedArray:
        """The identities of a shard's films, in order."""
        return self._rows(shard, ["identity"]).column("identity")

    def span(self, shard: int) -> tuple[str, str]:
        """The first and the last identity of a shard."""
        known = self._known.row_group(shard).column(0).statistics
        if known is None or not known.has_min_max:
            # A writer leaves them out where they are very long.
            names = self.identities(shard)
            return names[0].as_py(), names[-1].as_py()
        return known.min, known.max

    def _rows(self, shard: int, columns: list[str] | None) -> pa.Table:
        known = self._known
        return self._look(lambda file: file.read_row_group(shard, columns, use_threads=False), known)

    def _look(self, into: Callable[[pq.ParquetFile], Any], known: pq.FileMetaData | None = None) -> Any:  # noqa: ANN401
        """What a function reads of the file; `known`: its end, where that was read before."""

        def parsed(file: BinaryIO) -> Any:  # noqa: ANN401 - whatever pyarrow gives
            with undamaged(self._name):
                return into(pq.ParquetFile(file, metadata=known, page_checksum_verification=True))

        return self._store.look(self._name, parsed)


def _rows(items: list[Item]) -> pa.RecordBatch:
    columns = [pa.array([getattr(item, field.name) for item in items], field.type) for field in ITEM_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=ITEM_SCHEMA)


def _split(unsplit: IO[bytes], path: Path, size: int) -> None:
    """Write the same rows in groups of `size`."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    with (
        path.open("xb") as file,
        pq.ParquetWriter(file, ITEM_SCHEMA, compression=_CODEC, write_page_checksum=True) as writer,
    ):
        for batch in pq.ParquetFile(unsplit).iter_batches(_AT_ONCE, use_threads=False):
            rest = batch
            while count + len(rest) >= size:
                taken = size - count
                writer.write_table(pa.Table.from_batches([*waiting, rest.slice(0, taken)]), row_group_size=size)
                rest, waiting, count = rest.slice(taken), [], 0
            if len(rest):
                waiting.append(rest)
                count += len(rest)
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting), row_group_size=size)
