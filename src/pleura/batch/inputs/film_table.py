"""Films that a table names: CSV, plain or gzipped, or Parquet."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from pleura.batch.inputs.ascending import ascending
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import Item
from pleura.batch.inputs.places import Places, checked, opened

COLUMNS = {
    "film": pa.string(),  # Path or URL; paths that are relative start from the folder of the table.
    "id": pa.string(),  # Names the film in the results; where it is missing, `film` does.
    "size": pa.int64(),  # In bytes.
    "etag": pa.string(),  # Changes when the content does.
}
"""The columns that a table may have, of which only `film` must be there."""

TABLES = (".csv", ".csv.gz", ".parquet")
_ROWS = 1 << 14
_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class TableSource:
    """A table of films.

    Attributes:
        named: the path or URL of the table; its end, one of `TABLES`, says its format.
        places: where its films lie.
    """

    named: str
    places: Places

    def items(self) -> Iterator[Item]:
        """See `Source.items`.

        Raises:
            BatchInputError: no such table, a column that is not in `COLUMNS`, a film without a place or with a
                credential in it, one that is named twice, or none at all.
            StoreError: the table lies in a store that does not answer.
        """
        return ascending(self._items(), self.named)

    def fetch(self, item: Item) -> bytes:
        """See `Source.fetch` and `Places.fetch`."""
        return self.places.fetch(item)

    def _items(self) -> Iterator[Item]:
        row = 0
        for batch in self._read():
            columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
            absent = [None] * batch.num_rows
            rows = zip(*(columns.get(name, absent) for name in COLUMNS), strict=True)
            for film, identity, size, etag in rows:
                row += 1
                if not film or "\0" in film:
                    raise BatchInputError(self.named, f"row {row} names no film", "Give each row its path or URL.")
                place = checked(film, self.named, f"row {row}")
                if size is None and etag is None:
                    size, etag = self.places.state(place)
                yield Item(identity or film, place, size, etag)

    def _read(self) -> Iterator[pa.RecordBatch]:
        with opened(self.named) as file, _translated(self.named):
            read = _parquet if self.named.lower().endswith(".parquet") else _csv
            for batch in read(file, self.named):
                yield batch.cast(pa.schema([(name, COLUMNS[name]) for name in batch.schema.names]))


def _parquet(file: BinaryIO, named: str) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(file) as table:
        _check(table.schema_arrow.names, named)
        yield from table.iter_batches(_ROWS)


def _csv(file: BinaryIO, named: str) -> Iterator[pa.RecordBatch]:
    with ExitStack() as stack:
        packed = "gzip" if named.lower().endswith(".gz") else None
        text = stack.enter_context(pa.input_stream(file, compression=packed))
        types = pa.csv.ConvertOptions(column_types=COLUMNS, strings_can_be_null=True, null_values=[""])
        # Else a block might end within a value of several lines.
        parse = pa.csv.ParseOptions(newlines_in_values=True)
        reader = stack.enter_context(pa.csv.open_csv(text, pa.csv.ReadOptions(block_size=_BLOCK_BYTES), parse, types))
        _check(reader.schema.names, named)
        yield from reader


def _check(names: list[str], named: str) -> None:
    """Refuse a table with a column that would be passed over, or without `film`.

    Raises:
        BatchInputError: it is such a table.
    """
    allowed = ", ".join(COLUMNS)
    odd = sorted({name for name in names if name not in COLUMNS or names.count(name) > 1})
    if odd:
        raise BatchInputError(
            named, f"has the columns {', '.join(odd)}", f"Leave {allowed}, each once, and nothing else."
        )
    if "film" not in names:
        raise BatchInputError(named, "has no column film", f"Name the columns as here: {allowed}.")


@contextmanager
def _translated(named: str) -> Iterator[None]:
    """What Arrow says of a table; its text would repeat values."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = f"is no table that can be read ({type(error).__name__})"
        raise BatchInputError(
            named, reason, "Save it as CSV in UTF-8 or as Parquet, sizes as whole numbers."
        ) from None
