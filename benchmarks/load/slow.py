"""Connections that hardly move and bodies that are too large: the others hardly notice."""

import select
import socket
import threading
import time
from http import HTTPStatus

import httpx

from load.lines import Line
from load.plan import Bench, warm_up
from load.service import Serving, running
from load.traffic import endless, open_loop, quantile, seconds_of, settled, steady

_SHARE = 0.4
_CONNECTIONS = 50
_BYTE_EVERY_S = 1.0
_MOST_SLOWER = 2.0
_IDLE_S = 5.0
_LIMIT_MIB = 16
_LIMITS = f"""[limits]
head_s = {_IDLE_S}
idle_s = {_IDLE_S}
film_mib = {_LIMIT_MIB}
upload_mib = {_LIMIT_MIB}
"""
_SPARE_S = 20.0
_NAME = f"slow-loris x {_CONNECTIONS} and bodies over the limit"
_HEADS = (
    # Half of them never end their headers, half of them never end their body.
    b"POST /api/v1/films HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    b"POST /api/v1/films HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\nContent-Length: 1000000\r\n\r\n",
)


class SlowLoris:
    """Opens connections, sends each a byte a second, and counts those that the service closes."""

    def __init__(self, serving: Serving) -> None:
        url = serving.http.base_url
        self._links = []
        for number in range(_CONNECTIONS):
            link = socket.create_connection((url.host, url.port))
            link.sendall(_HEADS[number % len(_HEADS)])
            self._links.append(link)
        self._stopping = threading.Event()
        self.closed_after: list[float] = []
        self._begin = time.monotonic()
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._thread.start()

    def _drip(self) -> None:
        while self._links and not self._stopping.wait(_BYTE_EVERY_S):
            for link in list(self._links):
                try:
                    link.send(b"a")
                    closed = bool(select.select([link], [], [], 0)[0]) and not link.recv(65536)
                except OSError:
                    closed = True
                if closed:
                    link.close()
                    self._links.remove(link)
                    self.closed_after.append(time.monotonic() - self._begin)

    def wait(self, seconds: float) -> None:
        """Until all are closed, or for so long; then those that are left are closed from here."""
        self._thread.join(seconds)
        self._stopping.set()
        self._thread.join()
        for link in self._links:
            link.close()


def measure(bench: Bench) -> list[Line]:
    """The same films with and without the attack, in turn twice."""
    seconds, calm, attacked = bench.plan.slow / 2, [], []
    with running(
        f"[limits]\nhead_s = {_IDLE_S}\nidle_s = {_IDLE_S}\nfilm_mib = {_LIMIT_MIB}\nupload_mib = {_LIMIT_MIB}\n"
    ) as serving:
        closed: list[float] = []
        refused = [0, 0]
        warm_up(serving, bench.supply)
        for _ in range(2):
            calm += _seconds(serving, bench, seconds)
            loris, large = SlowLoris(serving), _TooLarge(serving)
            attacked += _seconds(serving, bench, seconds)
            large.stop()
            loris.wait(_IDLE_S + _SPARE_S)
            closed += loris.closed_after
            refused = [refused[0] + large.refused, refused[1] + large.sent]
    p99 = quantile(calm, 0.99), quantile(attacked, 0.99)
    longest = max(closed, default=float("inf"))
    lost = sum(value == float("inf") for value in (*calm, *attacked))
    return [
        Line(_NAME, "the others, sent to done, p99, before", p99[0], "s"),
        Line(_NAME, "the others, sent to done, p99, meanwhile", p99[1], "s"),
        Line(_NAME, "p99 of the others, by theirs before", p99[1] / p99[0], "x", most=_MOST_SLOWER),
        Line(_NAME, "the others, not read", lost, least=0, most=0),
        Line(_NAME, "slow connections that the server closed", len(closed), least=2 * _CONNECTIONS),
        Line(_NAME, f"the longest that one lived (head_s and idle_s {_IDLE_S:g})", longest, "s"),
        Line(_NAME, "bodies over the limit", refused[1]),
        Line(_NAME, "of them answered with anything but 413", refused[1] - refused[0], least=0, most=0),
    ]


def _seconds(serving: Serving, bench: Bench, seconds: float) -> list[float]:
    """Times of films, infinite for one that was not read."""
    rate = _SHARE * bench.basis.films_a_second
    sent = open_loop(serving, endless(bench.supply), steady(rate, seconds))
    times = seconds_of(sent, settled(serving))
    return times + [float("inf")] * (len(sent) - len(times))


class _TooLarge:
    """Sends one body over the limit after the other."""

    def __init__(self, serving: Serving) -> None:
        self.sent = self.refused = 0
        self._stopping = threading.Event()
        self._address = str(serving.http.base_url)
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self) -> None:
        body = bytes((_LIMIT_MIB + 4) << 20)
        with httpx.Client(base_url=self._address, timeout=60, trust_env=False) as client:
            while not self._stopping.wait(1.0):
                self.sent += 1
                try:
                    status = client.post("/api/v1/films", content=body).status_code
                except httpx.HTTPError:
                    # Closed while the body was still on its way.
                    continue
                self.refused += status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def stop(self) -> None:
        """Send no more."""
        self._stopping.set()
        self._thread.join()
