"""The body of a request on its way in: cut off where it is too large, and where it comes too slowly."""

import asyncio
import time
from http import HTTPStatus

from starlette.types import Message, Receive

from pleura.serve.config import Limits
from pleura.serve.errors import ServeError


class Body:
    """What a request receives, with limits; ASGI's `receive` of the application behind.

    Between two pieces no more than `idle_s` may pass, and the waiting for all of them together may take `idle_s` and
    the time of the slowest rate that is allowed. Only waiting counts, and not how long a piece takes to be written.

    Args:
        receive: of the server.
        limits: how slow is too slow.
        most: how many bytes are too many; None where the application counts them.

    Attributes:
        problem: why it was cut off; an application may have made something else of it.
    """

    def __init__(self, receive: Receive, limits: Limits, most: int | None) -> None:
        self._receive, self._limits, self._most = receive, limits, most
        self._total, self._waited, self._whole = 0, 0.0, False
        self.problem: ServeError | None = None

    async def __call__(self) -> Message:
        """The next piece.

        Raises:
            ServeError: 408, it comes too slowly; 413, it is too large.
        """
        if self._whole:
            # All that can come now is the end of the connection.
            return await self._receive()
        begun = time.monotonic()
        left = self._limits.idle_s + self._total / self._limits.slowest_bytes_s - self._waited
        try:
            async with asyncio.timeout(min(left, self._limits.idle_s)):
                message = await self._receive()
        except TimeoutError:
            self.problem = _too_slow(self._limits)
            raise self.problem from None
        self._waited += time.monotonic() - begun
        self._total += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._most is not None and self._total > self._most:
            reason = f"the request has over {self._most >> 20} MiB"
            self.problem = ServeError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", reason, "Send less.")
            raise self.problem
        return message


def _too_slow(limits: Limits) -> ServeError:
    slow = f"nothing for {limits.idle_s:g} seconds, or under {limits.slowest_kib_s} KiB/s"
    return ServeError(HTTPStatus.REQUEST_TIMEOUT, "idle", f"the request came too slowly: {slow}", "Send it again.")
