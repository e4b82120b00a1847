"""Jobs are looked up, listed in pages, and taken away."""

import base64
import binascii
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, tuple_, update

from pleura.serve.errors import ServeError
from pleura.serve.state.changes import next_number, note_change
from pleura.serve.state.database import Database
from pleura.serve.state.job import Job, Status, job_of
from pleura.serve.state.tables import JOBS

Forget = Callable[[str, str | None], None]
Sorting = Literal["urgency", "newest"]
_KEYS = {"urgency": (JOBS.c.urgency, JOBS.c.received, JOBS.c.id), "newest": (JOBS.c.received, JOBS.c.id)}


@dataclass(frozen=True)
class Wanted:
    """Which jobs a list shows; what is None does not matter. `after` is the cursor of the page before."""

    status: Status | None = None
    present: bool | None = None
    side: str | None = None
    order: Sorting = "newest"
    limit: int = 50
    after: str | None = None


@dataclass(frozen=True)
class Page:
    """Some jobs, and the cursor to ask for more with, None where there are none."""

    jobs: tuple[Job, ...]
    next: str | None


def find_job(connection: Connection, job: str) -> Job | None:
    """A job by its id; whatever is no id of ours names none."""
    if not _is_id(job):
        return None
    row = connection.execute(select(JOBS).where(JOBS.c.id == job)).one_or_none()
    return None if row is None else job_of(row)


def list_jobs(connection: Connection, wanted: Wanted) -> Page:
    """One page of jobs, the newest or most urgent first.

    Raises:
        ServeError: `cursor`, if `after` is not what a page gave, or is of another order.
    """
    keys = _KEYS[wanted.order]
    query = select(JOBS).where(*_conditions(wanted)).order_by(*(key.desc() for key in keys)).limit(wanted.limit + 1)
    if wanted.after is not None:
        query = query.where(tuple_(*keys) < tuple_(*_position(wanted)))
    rows = list(connection.execute(query))
    shown = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    return Page(tuple(job_of(row) for row in shown), _cursor(wanted, shown[-1]) if more else None)


def prior_jobs(connection: Connection, job: Job, limit: int = 50) -> list[Job]:
    """Films of the same patient that are older and were read, the newest first.

    Older by the day that both films tell: an archive may be sent after the film of today. By when they came where
    they are of one day, or either does not tell its own.
    """
    if job.patient is None:
        return []
    day, mine = JOBS.c.film["acquired"].as_string(), (job.film or {}).get("acquired")
    came_before = JOBS.c.received < job.received
    older = came_before if mine is None else or_(day < mine, and_(or_(day.is_(None), day == mine), came_before))
    same = (JOBS.c.patient == job.patient, JOBS.c.id != job.id, JOBS.c.status == Status.DONE)
    newest_first = (day.desc().nulls_last(), JOBS.c.received.desc(), JOBS.c.id)
    query = select(JOBS).where(*same, older).order_by(*newest_first).limit(limit)
    return [job_of(row) for row in connection.execute(query)]


def count_by_status(connection: Connection) -> dict[Status, int]:
    """How many jobs stand where."""
    counted = {
        row[0]: row[1] for row in connection.execute(select(JOBS.c.status, func.count()).group_by(JOBS.c.status))
    }
    return {status: int(counted.get(status, 0)) for status in Status}


def cancel(database: Database, job: str) -> bool:
    """Cancel a job that waits; False if it does not wait (any more)."""
    cancelled = {"status": Status.CANCELLED, "finished": time.time(), "urgency": 0.0}
    with database.writing() as connection:
        waiting = update(JOBS).where(JOBS.c.id == job, JOBS.c.status == Status.WAITING)
        done = connection.execute(waiting.values(**cancelled)).rowcount
        if done:
            note_change(connection, job)
        return bool(done)


def remove(connection: Connection, job: str, forget: Forget) -> bool:
    """Forget a job that has ended, with its reviews; False if there is none such.

    The files go before the rows do: whatever interrupts this, no file is left of which nobody knows.

    Args:
        connection: a transaction that writes.
        job: its id.
        forget: deletes the files of a job, and a film by its SHA-256 where no other job needs it; nobody accepts that
            film meanwhile.
    """
    next_number(connection, "changes")
    ended = JOBS.c.status.not_in((Status.WAITING, Status.RUNNING))
    gone = connection.execute(delete(JOBS).where(JOBS.c.id == job, ended).returning(JOBS.c.film_sha256))
    row = gone.one_or_none()
    if row is None:
        return False
    note_change(connection, job, "deleted")
    forget(job, None if film_needed(connection, row.film_sha256) else row.film_sha256)
    return True


def film_needed(connection: Connection, sha256: str) -> bool:
    """Is there a job that the film is kept for?"""
    kept = select(JOBS.c.id).where(JOBS.c.film_sha256 == sha256, JOBS.c.film_kept.is_(True)).limit(1)
    return connection.execute(kept).first() is not None


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    pairs = {JOBS.c.status: wanted.status, JOBS.c.present: wanted.present, JOBS.c.side: wanted.side}
    return [column == value for column, value in pairs.items() if value is not None]


def _is_id(text: str) -> bool:
    # No database takes every string, and what it says to the others is no answer.
    return text.isascii() and text.isalnum()


def _cursor(wanted: Wanted, row: Any) -> str:  # noqa: ANN401 - a row of SQLAlchemy
    place = [wanted.order, *(getattr(row, key.name) for key in _KEYS[wanted.order])]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _position(wanted: Wanted) -> list[float | str]:
    kinds = (str, *([float] * (len(_KEYS[wanted.order]) - 1)), str)
    try:
        text = wanted.after or ""
        place = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if place[0] != wanted.order or [*map(type, place)] != [*kinds]:
            raise ValueError(place)
        if not all(map(math.isfinite, place[1:-1])) or not _is_id(place[-1]):
            raise ValueError(place)
    except (ValueError, KeyError, IndexError, TypeError, binascii.Error, RecursionError) as error:
        remedy = "Give the cursor that the page before gave, with the same order."
        raise ServeError(HTTPStatus.BAD_REQUEST, "cursor", "this is no place in the list", remedy) from error
    return list(place[1:])
