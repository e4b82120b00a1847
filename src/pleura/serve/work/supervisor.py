"""Keeps the workers alive: starts them, ends those that hang, starts them again, and gives their films back."""

import logging
import multiprocessing
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from sqlalchemy.exc import SQLAlchemyError

from pleura.serve.state.alone import Alone
from pleura.serve.state.claims import finish, held, refused, release_expired, release_node, release_worker, renew
from pleura.serve.state.database import Database
from pleura.serve.state.job import Status
from pleura.serve.work.killing import kill
from pleura.serve.work.worker import READY, STOP, WAKE, WorkerPlan, work

_LOOK_S = 0.5
_LEAST_PAUSE_S, _MOST_PAUSE_S = 0.25, 30.0
_LOG = logging.getLogger("pleura.serve")


@dataclass
class _Worker:
    """One worker; `ready` once its model is warm."""

    name: str
    process: SpawnProcess
    link: Connection
    ready: bool = False


@dataclass
class _Place:
    """Where one worker runs at a time; `failures` counts those that ended before they were ready, in a row."""

    worker: _Worker | None = None
    failures: int = 0
    not_before: float = 0.0

    def close(self) -> None:
        """Let go of a worker that is dead."""
        if self.worker is not None:
            self.worker.link.close()
            self.worker = None


@dataclass(frozen=True)
class Pace:
    """When a film takes too long, how long a claim holds, and how long a stop may take; all in seconds."""

    deadline_s: float
    lease_s: float
    grace_s: float


@dataclass
class Supervisor:
    """The workers of one service.

    Attributes:
        database: where the films' claims are.
        alone: keeps other services off it.
        node: which service this is; names of its workers begin with it.
        plan: what the workers do.
        count: how many there are.
        pace: when what is too long.
        displaced: is told once, from a thread, when another service has taken the database.
        restarts: how many workers were started in place of another.
    """

    database: Database
    alone: Alone
    node: str
    plan: WorkerPlan
    count: int
    pace: Pace
    displaced: Callable[[], None]
    restarts: int = 0
    _places: list[_Place] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None
    _renewed: float = 0.0
    # Since when which claim is at work, by the monotonic clock: the other one may be set at any time.
    _since: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """Put back the films of an earlier run, and start the workers."""
        release_node(self.database, self.node)
        self._places = [_Place() for _ in range(self.count)]
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the films at work end, for as long as the grace is; then end the workers. Films at work wait again."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        end = time.monotonic() + self.pace.grace_s
        self._tell_all(STOP)
        for worker in self._living():
            worker.process.join(max(0.0, end - time.monotonic()))
            kill(worker.process)
        with self._lock:
            for place in self._places:
                place.close()
        try:
            release_node(self.database, self.node)
        except SQLAlchemyError as error:
            _LOG.warning("films at work wait from the next start on: the database (%s)", type(error).__name__)

    def wake(self) -> None:
        """Tell the workers that a film waits; without it they would notice half a second later."""
        self._tell_all(WAKE)

    @property
    def ready(self) -> int:
        """How many workers are warm."""
        return sum(worker.ready for worker in self._living())

    @property
    def pids(self) -> list[int]:
        """The processes of the workers."""
        return [worker.process.pid for worker in self._living() if worker.process.pid is not None]

    def _living(self) -> list[_Worker]:
        with self._lock:
            return [place.worker for place in self._places if place.worker is not None]

    def _tell_all(self, word: str) -> None:
        # Under the lock no link is closed, whose number a new file might get, between the look and the word.
        with self._lock:
            for place in self._places:
                if place.worker is not None:
                    _tell(place.worker, word)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if not self.alone.holds():
                    _LOG.error("another service has taken the database: this one ends")
                    self.displaced()
                    return
                self._look()
            except (SQLAlchemyError, OSError) as error:
                # Both will be back, or the readiness check says that they are not. Films that could not end meanwhile
                # are given their whole time anew.
                self._since.clear()
                _LOG.warning("the database or the system does not answer (%s)", type(error).__name__)
                self._stopping.wait(_LEAST_PAUSE_S)
            sentinels = [worker.process.sentinel for worker in self._living()]
            links = [worker.link for worker in self._living()]
            if not wait([*sentinels, *links], _LOOK_S) and not sentinels:
                self._stopping.wait(_LEAST_PAUSE_S)

    def _look(self) -> None:
        for place in self._places:
            if place.worker is None:
                if time.monotonic() >= place.not_before:
                    self._hire(place)
            elif not place.worker.process.is_alive():
                self._bury(place, place.worker)
            else:
                _hear(place)
        self._end_overdue()
        if time.monotonic() - self._renewed > self.pace.lease_s / 3:
            self._renewed = time.monotonic()
            renew(self.database, [worker.name for worker in self._living()], self.pace.lease_s)
            release_expired(self.database)

    def _hire(self, place: _Place) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        name = f"{self.node}:{secrets.token_hex(8)}"
        process = context.Process(target=work, args=(self.plan, name, theirs), daemon=True)
        process.start()
        theirs.close()
        # A worker that hangs does not listen either; nobody may wait for it.
        os.set_blocking(ours.fileno(), False)
        with self._lock:
            place.worker = _Worker(name, process, ours)

    def _bury(self, place: _Place, worker: _Worker) -> None:
        """Give back the film of a worker that is dead; its place stays empty the longer, the more failed in a row."""
        release_worker(self.database, worker.name)
        worker.process.join()
        _LOG.warning("a worker ended with code %s", worker.process.exitcode)
        place.failures = 0 if worker.ready else place.failures + 1
        pause = min(_MOST_PAUSE_S, _LEAST_PAUSE_S * 2**place.failures) if place.failures else 0.0
        place.not_before = time.monotonic() + pause
        self.restarts += 1
        with self._lock:
            place.close()

    def _end_overdue(self) -> None:
        workers, now = {worker.name: worker for worker in self._living()}, time.monotonic()
        claims = held(self.database, list(workers))
        self._since = {claim.token: self._since.get(claim.token, now) for claim in claims.values()}
        for name, claim in claims.items():
            if now - self._since[claim.token] > self.pace.deadline_s:
                # Dead first: afterwards it cannot end the film any more, and if it has by now, this changes nothing.
                kill(workers[name].process)
                reason = f"reading it took over {self.pace.deadline_s:g} seconds"
                remedy = "Look at the film; then send it again."
                finish(self.database, claim, refused(Status.FAILED, "deadline", reason, remedy))


def _hear(place: _Place) -> None:
    worker = place.worker
    try:
        if worker is not None and worker.link.poll() and worker.link.recv() == READY:
            worker.ready, place.failures = True, 0
    except (EOFError, OSError):
        # It is about to end; the next look finds it dead.
        time.sleep(0.01)


def _tell(worker: _Worker, word: str) -> None:
    try:
        worker.link.send(word)
    except OSError:
        _LOG.debug("a worker is gone, or does not listen")
