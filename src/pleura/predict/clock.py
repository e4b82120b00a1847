"""How long each stage of a reading takes."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Clock:
    """Seconds by stage; a stage entered twice adds up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block."""
        with shared([self], name):
            yield


@contextmanager
def shared(clocks: Sequence[Clock], name: str) -> Iterator[None]:
    """Time a block that works for several films at once: the clock of each takes an even share of it."""
    start = time.perf_counter()
    try:
        yield
    finally:
        share = (time.perf_counter() - start) / len(clocks)
        for clock in clocks:
            clock.seconds[name] = clock.seconds.get(name, 0.0) + share
