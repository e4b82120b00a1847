"""Many things, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

ItemT = TypeVar("ItemT")


def chunks(items: Iterable[ItemT], size: int) -> Iterator[list[ItemT]]:
    """Lists of `size` items, and last one of what is left; no item is taken before its list is asked for."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
