"""Sends films at a steady rate or as fast as they are read, and says how each ended and when.

One film's time runs from the moment at which it was due to be sent to the moment at which its job ended by the job's
own word: both clocks are this machine's. So a driver that lags behind makes times longer, never shorter.
"""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any

import numpy as np

from load.films import Supply
from load.service import Serving

_SENDERS = 32
_OPEN = ("waiting", "running")
_PAGE = 200
_PATIENCE_S, _SETTLE_S = 60.0, 300.0


@dataclass(frozen=True)
class Sent:
    """One film that was sent.

    Attributes:
        due: when it was to be sent, in seconds since 1970.
        post_s: from then until the answer was there.
        status: of HTTP; 0 where no answer came.
        job: its id, where it was accepted.
        retry_after: what the answer said, where it said so.
    """

    due: float
    post_s: float
    status: int
    job: str | None = None
    retry_after: str | None = None


@dataclass(frozen=True)
class Ended:
    """How a job ended, when (seconds since 1970), and the code of its refusal."""

    status: str
    at: float
    code: str | None


def send(serving: Serving, content: bytes, due: float | None = None) -> Sent:
    """Send one film as the body of a request, over a connection of its own.

    Not with httpx: it copies what is left of a body at each of some hundred writes, which costs as much as reading.
    """
    due = time.time() if due is None else due
    connection = HTTPConnection(serving.http.base_url.host, serving.http.base_url.port, timeout=_PATIENCE_S)
    try:
        # Who is turned away may be told before all is sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", "/api/v1/films", content)
        answer = connection.getresponse()
        told = answer.read()
    except (OSError, HTTPException):
        return Sent(due, time.time() - due, 0)
    finally:
        connection.close()
    job = str(json.loads(told)["jobs"][0]["id"]) if answer.status == HTTPStatus.ACCEPTED else None
    return Sent(due, time.time() - due, answer.status, job, answer.headers.get("Retry-After"))


def steady(rate: float, seconds: float) -> Iterator[float]:
    """Times at which films are due, evenly spaced."""
    return (number / rate for number in range(int(rate * seconds)))


def at_random(rate: float, seconds: float) -> Iterator[float]:
    """Times at which films are due, as independent senders make them (a Poisson process); always the same."""
    generator = np.random.default_rng(0)
    times = itertools.accumulate(float(generator.exponential(1 / rate)) for _ in itertools.count())
    return itertools.takewhile(lambda moment: moment < seconds, times)


def open_loop(serving: Serving, films: Iterable[bytes], times: Iterable[float]) -> list[Sent]:
    """Send films at their times, however long the answers take."""
    begin = time.time()
    with ThreadPoolExecutor(_SENDERS) as pool:
        waiting = []
        for moment, film in zip(times, films, strict=False):
            time.sleep(max(0.0, begin + moment - time.time()))
            waiting.append(pool.submit(send, serving, film, begin + moment))
        return [one.result() for one in waiting]


def endless(supply: Supply) -> Iterator[bytes]:
    """Film after film."""
    while True:
        yield supply.next()


def settled(serving: Serving, seconds: float = _SETTLE_S) -> dict[str, Ended]:
    """Wait until no job is open, and say how each ended, by its id; one that is lost is not there.

    Raises:
        TimeoutError: some are still open after that time.
    """
    end = time.monotonic() + seconds
    while any(_listed(serving, status, 1) for status in _OPEN):
        if time.monotonic() > end:
            raise TimeoutError(f"jobs are still open after {seconds:g} seconds")
        time.sleep(0.25)
    return {job["id"]: _ended(job) for job in _listed(serving, None)}


def seconds_of(sent: Iterable[Sent], ends: dict[str, Ended]) -> list[float]:
    """From being due to being done, of the films that were read."""
    done = ((one, ends[one.job]) for one in sent if one.job in ends)
    return [ended.at - one.due for one, ended in done if ended.status == "done"]


def quantile(values: list[float], share: float) -> float:
    """The smallest value that a share of all does not exceed; infinite where there is none."""
    return float(np.quantile(values, share, method="higher")) if values else float("inf")


def _listed(serving: Serving, status: str | None, most: int | None = None) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": most or _PAGE} | ({} if status is None else {"status": status})
    while True:
        answer = serving.http.get("/api/v1/jobs", params=asked)
        answer.raise_for_status()
        page = answer.json()
        jobs += page["jobs"]
        if page["next"] is None or most is not None:
            return jobs
        asked["after"] = page["next"]


def _ended(job: dict[str, Any]) -> Ended:
    refusal = job["refusal"]
    return Ended(job["status"], datetime.fromisoformat(job["finished"]).timestamp(), refusal and refusal["code"])


@dataclass
class Follower:
    """Follows the service's events and calls back for every job that ends; use it as a context manager."""

    serving: Serving
    on_end: Callable[[str, Ended], None]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _listening: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Follower":
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        if not self._listening.wait(30):
            raise TimeoutError("the service sends no events")
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()

    def _follow(self) -> None:
        with self.serving.http.stream("GET", "/api/v1/events", timeout=None) as answer:
            kind = ""
            for line in answer.iter_lines():
                if self._stopping.is_set():
                    return
                self._listening.set()
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: ") and kind == "job":
                    self._tell(line.removeprefix("data: "))

    def _tell(self, text: str) -> None:
        job = json.loads(text)
        if job["status"] not in _OPEN:
            self.on_end(job["id"], _ended(job))


def closed_loop(serving: Serving, supply: Supply, at_once: int, seconds: float) -> dict[str, Ended]:
    """Keep a number of films with the service for some seconds: a new one is sent when one has ended.

    Returns:
        How all of them ended, by the ids of their jobs.
    """
    room, lock = threading.Semaphore(at_once), threading.Lock()
    ends: dict[str, Ended] = {}

    def on_end(job: str, ended: Ended) -> None:
        with lock:
            if job in ends:
                return
            ends[job] = ended
        room.release()

    def one(content: bytes) -> None:
        if send(serving, content).job is None:
            room.release()

    end = time.monotonic() + seconds
    with Follower(serving, on_end), ThreadPoolExecutor(at_once) as pool:
        while time.monotonic() < end:
            if room.acquire(timeout=1):
                pool.submit(one, supply.next())
    return settled(serving)
