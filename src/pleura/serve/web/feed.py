"""Tells followers what changed: one look into the database for all of them."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from pleura.serve.state.changes import Change, changes_after, newest_change
from pleura.serve.state.database import Database
from pleura.serve.state.job import job_of
from pleura.serve.state.tables import JOBS
from pleura.serve.web.documents import job_documents

_LOOK_S = 0.25
_BEAT_S = 15.0
_MOST_BEHIND = 1000
_LOG = logging.getLogger("pleura.serve")


@dataclass(frozen=True)
class Event:
    """One change, ready to be sent: `text` is a whole server-sent event."""

    number: int
    job: str
    text: str


class Feed:
    """Follows the changes of one database, as long as somebody listens; used from one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[asyncio.Queue[Event | None]] = set()
        self._seen = 0

    async def run(self) -> None:
        """Look for changes until cancelled; every listener ends then."""
        try:
            while True:
                await asyncio.sleep(_LOOK_S)
                if self._listeners:
                    with contextlib.suppress(SQLAlchemyError):
                        await self._look()
        finally:
            for listener in self._listeners:
                _end(listener)

    async def follow(self, job: str | None, after: int | None) -> AsyncIterator[str]:
        """Server-sent events of one job or all: what changes from now on, or after a number.

        Args:
            job: whose, or None for all.
            after: the number of the last event that the caller has seen.
        """
        listener: asyncio.Queue[Event | None] = asyncio.Queue(_MOST_BEHIND)
        if not self._listeners:
            self._seen = await run_in_threadpool(self._newest)
        last = self._seen if after is None else after
        self._listeners.add(listener)
        try:
            yield ": hello\n\n"
            for event in await run_in_threadpool(self._events, last) if after is not None else []:
                last = event.number
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

    def _events(self, after: int) -> list[Event]:
        """The changes after a number, of each job the last one only."""
        with self._database.reading() as connection:
            last = {change.job: change for change in changes_after(connection, after)}
            changes = sorted(last.values(), key=lambda change: change.number)
            documents = _documents(connection, [change.job for change in changes])
        return [_event(change, documents.get(change.job)) for change in changes]


def _documents(connection: Connection, jobs: list[str]) -> dict[str, str]:
    rows = [job_of(row) for row in connection.execute(select(JOBS).where(JOBS.c.id.in_(jobs)))]
    return {document.id: document.model_dump_json() for document in job_documents(connection, rows)}


def _event(change: Change, document: str | None) -> Event:
    """A job that is gone is told as deleted, whatever happened to it before."""
    name, data = ("deleted", json.dumps({"id": change.job})) if document is None else ("job", document)
    return Event(change.number, change.job, f"id: {change.number}\nevent: {name}\ndata: {data}\n\n")


def _end(listener: asyncio.Queue[Event | None]) -> None:
    while True:
        try:
            listener.put_nowait(None)
            return
        except asyncio.QueueFull:
            listener.get_nowait()
