"""How films are split into shards: a matter of their number and order alone, never of time or of who reads them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pleura.batch.errors import BatchError

LEAST_FILMS, MOST_FILMS = 4, 1000
"""In a shard: fewer are not worth a file, more are too much to read again after a kill."""
_SHARDS = 128
_NAME = re.compile(r"part-(\d{6,})\.parquet")


def films_a_shard(films: int) -> int:
    """Films in every shard but the last: about 128 shards, while they are of 4 to 1000 films."""
    return min(max(-(-films // _SHARDS), LEAST_FILMS), MOST_FILMS)


def shard_count(films: int, size: int) -> int:
    """Shards of so many films."""
    return -(-films // size)


def shard_name(index: int) -> str:
    """The file of a shard, such as `part-000012.parquet`."""
    return f"part-{index:06d}.parquet"


def shards_named(names: Iterable[str]) -> set[int]:
    """The shards whose files are among these names."""
    return {int(found[1]) for name in names if (found := _NAME.fullmatch(name))}


@dataclass(frozen=True)
class Slice:
    """The share of one job of an array: the `number`-th of `of`, from 1; it takes every `of`-th shard.

    Shards that lie beside each other are often of one scanner, and take as long as each other: so they are dealt out.

    Raises:
        BatchError: no such slice.
    """

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            reason = "is no slice"
            raise BatchError(f"--shard {self.number}/{self.of}", reason, "Give i/n with i from 1 to n, such as 3/16.")

    @classmethod
    def parsed(cls, text: str) -> "Slice":
        """The slice that `i/n` names.

        Raises:
            BatchError: no such slice.
        """
        found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text, re.ASCII)
        if found is None:
            raise BatchError(f"--shard {text}", "is no slice", "Give i/n with i from 1 to n, such as 3/16.")
        return cls(int(found[1]), int(found[2]))

    def shards(self, count: int) -> range:
        """Its shards, of so many in all."""
        return range(self.number - 1, count, self.of)
