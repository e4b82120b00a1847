"""Asking again: pauses that grow and are drawn at random, under a deadline."""

import random
import time
from collections.abc import Callable, Collection, Iterator
from typing import Annotated, TypeVar

from pydantic import Field

from pleura.core.strict import Strict
from pleura.pacs.archive import Archive, ObjectKey, StudyQuery
from pleura.pacs.errors import PacsError

ResultT = TypeVar("ResultT")
_Seconds = Annotated[float, Field(gt=0, le=86400)]


class Retry(Strict):
    """How often and for how long a request is repeated after a transient failure.

    Attributes:
        attempts: at the most, the first included.
        first_s: the longest first pause; each further one may be twice as long.
        most_s: the longest pause at all.
        deadline_s: no attempt begins later than this many seconds after the first.
    """

    attempts: Annotated[int, Field(ge=1, le=100)] = 6
    first_s: _Seconds = 0.5
    most_s: _Seconds = 30.0
    deadline_s: _Seconds = 300.0

    def pauses(self, draw: Callable[[float, float], float] = random.uniform) -> Iterator[float]:
        """Seconds to wait before the second, third, ... attempt: drawn from 0 to a bound that doubles.

        "Full jitter" (Brooker, Exponential backoff and jitter, AWS Architecture Blog, 2015): many clients of one
        PACS that went down do not come back all at once.
        """
        for number in range(self.attempts - 1):
            # 2 ** 64 seconds are above any bound, and a float holds them.
            yield draw(0.0, min(self.most_s, self.first_s * 2.0 ** min(number, 64)))

    def run(self, request: Callable[[], ResultT], sleep: Callable[[float], None] = time.sleep) -> ResultT:
        """The answer to a request, asked again while its failure is transient.

        Raises:
            PacsError: the last failure, which is not transient or has no attempt or time left.
        """
        end = time.monotonic() + self.deadline_s
        pauses = self.pauses()
        while True:
            try:
                return request()
            except PacsError as error:
                pause = next(pauses, None)
                if not error.transient or pause is None or time.monotonic() + pause > end:
                    raise
            sleep(pause)


class Persistent:
    """An archive that is asked again while its failures are transient."""

    def __init__(self, archive: Archive, retry: Retry) -> None:
        self._archive, self._retry = archive, retry

    def check(self) -> str:
        """See `Archive.check`."""
        return self._retry.run(self._archive.check)

    def studies(self, query: StudyQuery) -> list[str]:
        """See `Archive.studies`."""
        return self._retry.run(lambda: self._archive.studies(query))

    def films(self, study: str, kinds: Collection[str]) -> list[ObjectKey]:
        """See `Archive.films`."""
        return self._retry.run(lambda: self._archive.films(study, kinds))

    def fetch(self, key: ObjectKey) -> bytes:
        """See `Archive.fetch`."""
        return self._retry.run(lambda: self._archive.fetch(key))

    def holds(self, key: ObjectKey) -> bool:
        """See `Archive.holds`."""
        return self._retry.run(lambda: self._archive.holds(key))

    def store(self, content: bytes) -> None:
        """See `Archive.store`."""
        self._retry.run(lambda: self._archive.store(content))

    def close(self) -> None:
        """See `Archive.close`."""
        self._archive.close()
