"""Asking again: pauses that grow and are drawn at random, under a deadline."""

import random
import time
from collections.abc import Callable, Iterator
from typing import Annotated, TypeVar

from pydantic import Field

from pleura.core.errors import PleuraError
from pleura.core.strict import Strict

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
        server that went down do not come back all at once.
        """
        for number in range(self.attempts - 1):
            # 2 ** 64 seconds are above any bound, and a float holds them.
            yield draw(0.0, min(self.most_s, self.first_s * 2.0 ** min(number, 64)))

    def run(self, request: Callable[[], ResultT], sleep: Callable[[float], None] = time.sleep) -> ResultT:
        """The answer to a request, asked again while its failure is transient.

        Raises:
            PleuraError: the last failure, which is not transient or has no attempt or time left.
        """
        end = time.monotonic() + self.deadline_s
        pauses = self.pauses()
        while True:
            try:
                return request()
            except PleuraError as error:
                pause = next(pauses, None)
                if not error.transient or pause is None or time.monotonic() + pause > end:
                    raise
            sleep(pause)
