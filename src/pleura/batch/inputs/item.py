"""One film of an input, before it is read."""

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Item:
    """One film of an input.

    Attributes:
        identity: names it in the results, relative to the input where it can be; no two films of an input share one.
        place: where its source finds it, relative to the source's own root where it can be.
        size: bytes of its file, or None where nobody was asked.
        etag: changes when the content does; None where nothing tells.
    """

    identity: str
    place: str
    size: int | None
    etag: str | None


ITEM_SCHEMA = pa.schema(
    [
        pa.field("identity", pa.string(), nullable=False),
        pa.field("place", pa.string(), nullable=False),
        pa.field("size", pa.int64()),
        pa.field("etag", pa.string()),
    ]
)
"""The same as a row of a table."""
