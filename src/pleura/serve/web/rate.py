"""How often one caller may ask: a bucket that fills steadily (token bucket)."""

import math
import time
from collections import OrderedDict

from pleura.serve.errors import TooManyRequests

_MOST_CALLERS = 10_000


class Rate:
    """Counts requests by caller; the callers that were seen longest ago are forgotten first."""

    def __init__(self, a_minute: int) -> None:
        self._most = float(a_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def count(self, caller: str) -> None:
        """Count one request.

        Raises:
            TooManyRequests: the caller has used up what it may.
        """
        if not self._most:
            return
        now = time.monotonic()
        left, seen = self._buckets.pop(caller, (self._most, now))
        left = min(self._most, left + (now - seen) * self._most / 60)
        self._buckets[caller] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        if left < 1:
            raise TooManyRequests(max(1, math.ceil((1 - left) * 60 / self._most)))
