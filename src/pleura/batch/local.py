"""The engine for one machine: a process a core, each with the model warm; one that dies is replaced."""

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from pleura.batch.engine import Outcome, Task, Trouble
from pleura.batch.job import Job
from pleura.batch.worker import Worker
from pleura.core.errors import EngineError, PleuraError

PATIENCE_S = 900.0
"""A worker at work that begins no film for so long hangs, and is ended.

Decoders have their own, shorter deadline; a store that does not answer is asked for five minutes.
"""
MOST_FALSE_STARTS = 5
"""In a row, of one worker and of those that took its place."""
_LOOK_S = 0.5
_READY, _TICK = "ready", "tick"


@dataclass
class _Hand:
    """One worker; `heard` is when it last gave a sign, `falls` how many in its place died before they were ready."""

    process: SpawnProcess
    link: Connection
    falls: int
    task: Task | None = None
    ready: bool = False
    heard: float = field(default_factory=time.monotonic)

    @property
    def busy(self) -> bool:
        """Whether it has something to do: a task, or getting ready."""
        return self.task is not None or not self.ready


class LocalPool:
    """Workers on this machine; see `Engine`.

    Args:
        job: what they read.
        workers: how many there are.
        patience_s: how long one may give no sign before it is ended.
    """

    def __init__(self, job: Job, workers: int, patience_s: float = PATIENCE_S) -> None:
        self._job, self._count, self._patience_s = job, workers, patience_s
        self._hands: list[_Hand] = []
        self._vacant: list[int] = [0] * workers

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """See `Engine.run`.

        Raises:
            EngineError: workers cannot be started, or die before they are ready, again and again.
            PleuraError: what keeps a worker from going on with any film.
        """
        rest = iter(tasks)
        waiting = deque(islice(rest, self._count))
        while waiting or any(hand.task for hand in self._hands):
            # No more than have something to do: each loads the model.
            while self._vacant and sum(hand.task is None for hand in self._hands) < len(waiting):
                self._hands.append(_hire(self._job, self._vacant.pop()))
            for hand in self._hands:
                if waiting and hand.ready and hand.task is None and _give(hand, waiting[0]):
                    waiting.popleft()
                    waiting.extend(islice(rest, 1))
            yield from self._listen()

    def close(self) -> None:
        """See `Engine.close`."""
        for hand in self._hands:
            hand.process.kill()
            hand.process.join()
            hand.link.close()
        self._hands, self._vacant = [], [0] * self._count

    @property
    def pids(self) -> list[int]:
        """The processes of the workers."""
        return [hand.process.pid for hand in self._hands if hand.process.pid is not None]

    def _listen(self) -> Iterator[Outcome]:
        """What workers say until now; one that is dead is let go, and its task is lost."""
        wait([*(hand.link for hand in self._hands), *(hand.process.sentinel for hand in self._hands)], _LOOK_S)
        for hand in list(self._hands):
            alive = hand.process.is_alive()
            # What it said before it died still counts.
            said, heard_out = _heard(hand)
            for word in said:
                if isinstance(word, Outcome):
                    hand.task = None
                    yield word
            hangs = hand.busy and time.monotonic() - hand.heard > self._patience_s
            if heard_out or hangs or not alive:
                yield from self._bury(hand)

    def _bury(self, hand: _Hand) -> Iterator[Outcome]:
        self._hands.remove(hand)
        hand.process.kill()
        hand.process.join()
        hand.link.close()
        falls = 0 if hand.ready else hand.falls + 1
        self._vacant.append(falls)
        if falls == MOST_FALSE_STARTS:
            reason = f"{MOST_FALSE_STARTS} workers ended before they were ready (code {hand.process.exitcode})"
            raise EngineError(reason, "Have fewer workers, or more memory.")
        if hand.task is not None:
            yield Outcome(hand.task)


def _hire(job: Job, falls: int) -> _Hand:
    context = multiprocessing.get_context("spawn")
    try:
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(job, theirs), daemon=True)
        process.start()
    except OSError as error:
        reason = f"a worker's process cannot be started ({error.strerror or type(error).__name__})"
        raise EngineError(reason, "Have fewer workers, or allow more processes and open files.") from error
    theirs.close()
    return _Hand(process, ours, falls)


def _give(hand: _Hand, task: Task) -> bool:
    """Give a worker a task; False if it is dead, which the next look finds out."""
    try:
        hand.link.send(task)
    except OSError:
        return False
    hand.task, hand.heard = task, time.monotonic()
    return True


def _heard(hand: _Hand) -> tuple[list[object], bool]:
    """What a worker said since the last look, and whether it will never say more.

    Raises:
        PleuraError: it cannot go on.
    """
    words: list[object] = []
    try:
        while hand.link.poll():
            word = hand.link.recv()
            hand.heard = time.monotonic()
            if isinstance(word, Trouble):
                raise word.error()
            hand.ready = hand.ready or word == _READY
            words.append(word)
    except (EOFError, OSError):
        return words, True
    return words, False


def _work(job: Job, link: Connection) -> None:
    """Be a worker until the other end is gone."""
    # Ctrl-C is for the driver, which ends its workers in its own way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        worker = Worker(job, lambda: _say(link, _TICK))
        _say(link, _READY)
        while True:
            _say(link, worker.do(_told(link)))
    except (PleuraError, OSError) as error:
        _say(link, Trouble.of(error))


def _say(link: Connection, word: object) -> None:
    """Say something to the driver, or end this process where it is gone: what is half done is done again."""
    try:
        link.send(word)
    except OSError:
        os._exit(0)


def _told(link: Connection) -> Task:
    """The next task; without a driver this process ends."""
    try:
        task: Task = link.recv()
    except (EOFError, OSError):
        os._exit(0)
    return task
