"""HTTP connections that may not be held open for ever: uvicorn has no time-outs of its own for what is half sent."""

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.h11_impl import H11Protocol

from pleura.serve.config import Limits


def patient_protocol(limits: Limits) -> type[H11Protocol]:
    """The protocol of a service's connections.

    A connection is cut when the head of a request is not complete after `head_s`, counted from its first byte or from
    the beginning of the connection, and when the other side takes nothing of an answer for `idle_s`. Bodies have
    their own measure (`web.request_body`). Above `connections` new ones are closed at once.
    """

    class PatientProtocol(H11Protocol):
        _head: _Deadline
        _stuck: _Deadline

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._head = _Deadline(self.loop, limits.head_s, transport.abort)
            self._stuck = _Deadline(self.loop, limits.idle_s, transport.abort)
            if len(self.connections) > limits.connections:
                transport.abort()
            else:
                self._head.start()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.cycle is None or self.cycle.response_complete:
                self._head.start()
            else:
                self._head.stop()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._stuck.start()

        def resume_writing(self) -> None:
            super().resume_writing()
            self._stuck.stop()

        def connection_lost(self, exc: Exception | None) -> None:
            self._head.stop()
            self._stuck.stop()
            super().connection_lost(exc)

    return PatientProtocol


class _Deadline:
    """Does something some seconds after its start, unless it is stopped; to start it again changes nothing."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, act: Callable[[], None]) -> None:
        self._loop, self._seconds, self._act = loop, seconds, act
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._act)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
