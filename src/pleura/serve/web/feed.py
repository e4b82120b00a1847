"""Tells followers what changed: one look into the database for all of them."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from pleura.serve.state.changes import Change, changes_after, newest_change, oldest_change
from pleura.serve.state.database import Database
from pleura.serve.state.job import Status, job_of
from pleura.serve.state.tables import JOBS
from pleura.serve.web.documents import JobDocument, job_documents

_LOOK_S = 0.1
_BEAT_S = 15.0
_MOST_BEHIND = 1000
_OPEN = (Status.WAITING, Status.RUNNING)
_LOG = logging.getLogger("pleura.serve")


@dataclass(frozen=True)
class Event:
    """One change: `text` is a whole server-sent event, and `ended` says that the job has, or is gone."""

    number: int
    job: str
    text: str
    ended: bool


Listener = asyncio.Queue[Event | None]


class Feed:
    """Follows the changes of one database, as long as somebody listens; used from one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._joining = asyncio.Lock()
        self._seen = 0
        self._closed = False

    async def run(self) -> None:
        """Look for changes until cancelled; every listener ends then."""
        try:
            while True:
                await asyncio.sleep(_LOOK_S)
                if self._listeners:
                    try:
                        await self._look()
                    except Exception as error:
                        # The next look may do better; only the kind, for a message may quote anything.
                        _LOG.warning("changes cannot be told (%s)", type(error).__name__)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of all listeners, those to come too: the service ends, and must not wait for them."""
        self._closed = True
        for listener in self._listeners:
            _end(listener)

    async def follow(self, job: str | None, after: int | None) -> AsyncIterator[str]:
        """Server-sent events of one job or all: what changes from now on, or after a number.

        Where changes after that number are forgotten, or were never made by this database, `reset` comes first: the
        jobs must be listed anew.

        Args:
            job: whose, or None for all.
            after: the number of the last event that the caller has seen; 0 for all that are remembered.
        """
        async with self._listening() as listener:
            yield ": hello\n\n"
            last = self._seen if after is None else after
            if after is not None and await run_in_threadpool(self._is_lost, after):
                last = self._seen
                yield f"id: {last}\nevent: reset\ndata: {{}}\n\n"
            while after is not None and (events := await run_in_threadpool(self._events, last)):
                last = events[-1].number
                for event in events:
                    if job in (None, event.job):
                        yield event.text
            while True:
                try:
                    event_or_end = await asyncio.wait_for(listener.get(), _BEAT_S)
                except TimeoutError:
                    yield ": beat\n\n"
                    continue
                if event_or_end is None:
                    return
                if event_or_end.number > last and job in (None, event_or_end.job):
                    yield event_or_end.text

    async def ended(self, jobs: Sequence[str], seconds: float) -> None:
        """Wait until all these jobs have ended, but no longer than so many seconds, and not when the service ends."""
        async with self._listening() as listener:
            waiting = await run_in_threadpool(self._open, jobs)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while waiting and (event := await listener.get()) is not None:
                        waiting -= {event.job} if event.ended else set()

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[Listener]:
        listener: Listener = asyncio.Queue(_MOST_BEHIND)
        async with self._joining:
            if not self._listeners:
                self._seen = await run_in_threadpool(self._newest)
            self._listeners.add(listener)
        if self._closed:
            _end(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def _look(self) -> None:
        events = await run_in_threadpool(self._events, self._seen)
        for event in events:
            self._seen = event.number
            for listener in list(self._listeners):
                if listener.full():
                    # Too slow: it comes back with the number of its last event.
                    self._listeners.discard(listener)
                    _end(listener)
                else:
                    listener.put_nowait(event)

    def _newest(self) -> int:
        with self._database.reading() as connection:
            return newest_change(connection)

    def _open(self, jobs: Sequence[str]) -> set[str]:
        """Those of some jobs that have not ended."""
        with self._database.reading() as connection:
            query = select(JOBS.c.id).where(JOBS.c.id.in_(jobs), JOBS.c.status.in_(_OPEN))
            return set(connection.execute(query).scalars())

    def _is_lost(self, after: int) -> bool:
        """Has something changed after a number that is not remembered, or does another database count like that?"""
        with self._database.reading() as connection:
            oldest, newest = oldest_change(connection), newest_change(connection)
        return after > newest or 0 < after < (newest if oldest is None else oldest - 1)

    def _events(self, after: int) -> list[Event]:
        """The next changes after a number, of each job the last one only."""
        with self._database.reading() as connection:
            last = {change.job: change for change in changes_after(connection, after)}
            changes = sorted(last.values(), key=lambda change: change.number)
            jobs = [job_of(row) for row in connection.execute(select(JOBS).where(JOBS.c.id.in_(last)))]
            documents = {document.id: document for document in job_documents(connection, jobs)}
        return [_event(change, documents.get(change.job)) for change in changes]


def _event(change: Change, document: JobDocument | None) -> Event:
    """A job that is gone is told as deleted, whatever happened to it before."""
    if document is None:
        name, data, ended = "deleted", json.dumps({"id": change.job}), True
    else:
        name, data, ended = "job", document.model_dump_json(), document.status.has_ended
    return Event(change.number, change.job, f"id: {change.number}\nevent: {name}\ndata: {data}\n\n", ended)


def _end(listener: Listener) -> None:
    while True:
        try:
            listener.put_nowait(None)
            return
        except asyncio.QueueFull:
            listener.get_nowait()
