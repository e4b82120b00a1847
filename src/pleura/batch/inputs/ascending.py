"""Rows of a manifest in ascending order, however many: sorted in parts on disk, then merged (external merge sort)."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import ITEM_SCHEMA, Item
from pleura.core.chunks import chunks

_PART_BYTES = 64 << 20
_CHUNK_ROWS = 1 << 14


def ascending(items: Iterable[Item], named: str, part_bytes: int = _PART_BYTES) -> Iterator[Item]:
    """Give films in ascending order of their identity, as bytes of UTF-8 or as code points, which is the same.

    Parts of `part_bytes` are sorted in memory and wait in the folder for temporary files, so that the memory that is
    needed does not grow with the number of films.

    Args:
        items: the films in any order.
        named: what the user named as input, for errors.
        part_bytes: of films that are sorted at once.

    Raises:
        BatchInputError: two films have one identity, or there is none.
    """
    last: str | None = None
    with tempfile.TemporaryDirectory(prefix="pleura-batch-") as folder, ExitStack() as stack:
        parts = [_chunks(path, stack) for path in _parts(_batches(items), Path(folder), part_bytes)]
        for batch in _merged(parts):
            for item in map(Item, *(column.to_pylist() for column in batch.columns)):
                if item.identity == last:
                    raise BatchInputError(named, f"{last!r} stands in it twice", "Name each film once.")
                last = item.identity
                yield item
    if last is None:
        raise BatchInputError(named, "there is no film in it", "Name an input that has films.")


def _batches(items: Iterable[Item]) -> Iterator[pa.RecordBatch]:
    for some in chunks(items, _CHUNK_ROWS):
        columns = zip(*((item.identity, item.place, item.size, item.etag) for item in some), strict=True)
        arrays = [pa.array(column, kind.type) for column, kind in zip(columns, ITEM_SCHEMA, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=ITEM_SCHEMA)


def _parts(batches: Iterable[pa.RecordBatch], folder: Path, part_bytes: int) -> list[Path]:
    """Sorted parts of all rows as files."""
    paths: list[Path] = []
    waiting: list[pa.RecordBatch] = []
    held = 0

    def write() -> None:
        path = folder / f"{len(paths)}.arrow"
        table = pa.Table.from_batches(waiting, ITEM_SCHEMA).sort_by("identity")
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, ITEM_SCHEMA) as writer:
            writer.write_table(table, max_chunksize=_CHUNK_ROWS)
        paths.append(path)
        waiting.clear()

    for batch in batches:
        if batch.num_rows:
            waiting.append(batch)
            held += batch.nbytes
        if held >= part_bytes:
            write()
            held = 0
    if waiting:
        write()
    return paths


def _chunks(path: Path, stack: ExitStack) -> Iterator[pa.RecordBatch]:
    reader = stack.enter_context(pa.ipc.open_file(stack.enter_context(pa.OSFile(str(path), "rb"))))
    for number in range(reader.num_record_batches):
        yield reader.get_batch(number)


def _merged(parts: list[Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
    """Rows of several sorted parts in one order, some chunks of each in memory at a time."""
    heads: dict[int, pa.RecordBatch] = {}
    while True:
        for number, part in enumerate(parts):
            if number not in heads and (chunk := next(part, None)) is not None:
                heads[number] = chunk
        if not heads:
            return
        # No part holds an identity up to here behind its chunk, for the chunk's last is not below.
        bound = min(chunk.column("identity")[-1].as_py() for chunk in heads.values())
        ready: list[pa.RecordBatch] = []
        for number, chunk in list(heads.items()):
            count = pc.sum(pc.less_equal(chunk.column("identity"), bound)).as_py()
            ready.append(chunk.slice(0, count))
            if count == chunk.num_rows:
                del heads[number]
            else:
                heads[number] = chunk.slice(count)
        table = pa.Table.from_batches(ready, ITEM_SCHEMA)
        yield from (table if len(ready) == 1 else table.sort_by("identity")).combine_chunks().to_batches()
