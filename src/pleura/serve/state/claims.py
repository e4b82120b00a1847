"""Who reads which film: claimed under a lease, and finished only by the claim that still holds."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from pleura.serve.state.changes import note_change
from pleura.serve.state.database import Database
from pleura.serve.state.job import UNREAD_URGENCY, WAITING_URGENCY, Status
from pleura.serve.state.tables import JOBS

MOST_CRASHES = 3
"""A film over which so many workers have died is not tried again."""


@dataclass(frozen=True)
class Claim:
    """One worker's right to one film; `token` is new with every claim, and names the folder of its result."""

    job: str
    film_sha256: str
    token: str


@dataclass(frozen=True)
class Outcome:
    """How a film ends: `values` are those of its row."""

    status: Status
    values: dict[str, Any]


def refused(status: Status, code: str, reason: str, remedy: str) -> Outcome:
    """A film that ends without a finding."""
    refusal = {"code": code, "reason": reason, "remedy": remedy}
    return Outcome(status, {"refusal": refusal, "urgency": UNREAD_URGENCY})


def claim_next(database: Database, worker: str, lease_s: float) -> Claim | None:
    """Take the film that waits longest; those that workers died over come after all others. None if none waits."""
    with database.writing() as connection:
        first = (
            select(JOBS.c.id, JOBS.c.film_sha256)
            .where(JOBS.c.status == Status.WAITING)
            .order_by(JOBS.c.crashes, JOBS.c.received, JOBS.c.id)
            .limit(1)
            # On PostgreSQL two workers never wait for one row; SQLite knows no row locks and needs none.
            .with_for_update(skip_locked=True)
        )
        row = connection.execute(first).one_or_none()
        if row is None:
            return None
        claim, now = Claim(row.id, row.film_sha256, secrets.token_hex(8)), time.time()
        running = {"status": Status.RUNNING, "started": now, "progress": 0.0, "lease_until": now + lease_s}
        mine = {"worker": worker, "claim": claim.token}
        connection.execute(update(JOBS).where(JOBS.c.id == claim.job).values(**running, **mine))
        note_change(connection, claim.job)
        return claim


def report(database: Database, claim: Claim, values: dict[str, Any]) -> bool:
    """Note how far a film has come; False if the claim no longer holds."""
    with database.writing() as connection:
        return _change(connection, claim, values)


def finish(database: Database, claim: Claim, outcome: Outcome) -> bool:
    """End a film; False if the claim no longer holds, and then nothing is changed."""
    ended = {"status": outcome.status, "finished": time.time(), "progress": 1.0, "lease_until": None}
    with database.writing() as connection:
        return _change(connection, claim, {**ended, "worker": None, **outcome.values})


def renew(database: Database, workers: Sequence[str], lease_s: float) -> None:
    """Prolong the leases of workers that live."""
    with database.writing() as connection:
        held = update(JOBS).where(JOBS.c.status == Status.RUNNING, JOBS.c.worker.in_(workers))
        connection.execute(held.values(lease_until=time.time() + lease_s))


def held(database: Database, workers: Sequence[str]) -> dict[str, Claim]:
    """Which of these workers are at a film, and which."""
    columns = (JOBS.c.worker, JOBS.c.id, JOBS.c.film_sha256, JOBS.c.claim)
    running = select(*columns).where(JOBS.c.status == Status.RUNNING, JOBS.c.worker.in_(workers))
    with database.reading() as connection:
        return {row.worker: Claim(row.id, row.film_sha256, row.claim) for row in connection.execute(running)}


def release_worker(database: Database, worker: str) -> None:
    """Put back the film of a worker that died; after `MOST_CRASHES` deaths over it the film has failed."""
    with database.writing() as connection:
        for row in _running(connection, JOBS.c.worker == worker):
            crashes = row.crashes + 1
            if crashes >= MOST_CRASHES:
                _give_up(connection, row.id, crashes)
            else:
                _put_back(connection, row.id, crashes)


def release_node(database: Database, node: str) -> int:
    """Put back the films of all workers of an earlier run of this service; says how many."""
    with database.writing() as connection:
        rows = _running(connection, JOBS.c.worker.startswith(f"{node}:", autoescape=True))
        for row in rows:
            _put_back(connection, row.id, row.crashes)
        return len(rows)


def release_expired(database: Database) -> int:
    """Put back films whose lease nobody renews: their service is gone; says how many."""
    with database.writing() as connection:
        rows = _running(connection, JOBS.c.lease_until < time.time())
        for row in rows:
            _put_back(connection, row.id, row.crashes)
        return len(rows)


def _running(connection: Connection, which: Any) -> list[Any]:  # noqa: ANN401 - a condition of SQLAlchemy
    query = select(JOBS.c.id, JOBS.c.crashes).where(JOBS.c.status == Status.RUNNING, which).with_for_update()
    return list(connection.execute(query))


def _put_back(connection: Connection, job: str, crashes: int) -> None:
    waiting = {"status": Status.WAITING, "crashes": crashes, "urgency": WAITING_URGENCY}
    nobody = dict.fromkeys(("worker", "claim", "lease_until", "started", "progress"))
    connection.execute(update(JOBS).where(JOBS.c.id == job).values(**waiting, **nobody))
    note_change(connection, job)


def _give_up(connection: Connection, job: str, crashes: int) -> None:
    reason = f"the process that read the film died {crashes} times"
    outcome = refused(Status.FAILED, "worker_died", reason, "Look at the film; then send it again.")
    ended = {"status": outcome.status, "finished": time.time(), "crashes": crashes, **outcome.values}
    nobody = dict.fromkeys(("worker", "claim", "lease_until", "progress"))
    connection.execute(update(JOBS).where(JOBS.c.id == job).values(**ended, **nobody))
    note_change(connection, job)


def _change(connection: Connection, claim: Claim, values: dict[str, Any]) -> bool:
    mine = (JOBS.c.id == claim.job, JOBS.c.claim == claim.token, JOBS.c.status == Status.RUNNING)
    if connection.execute(update(JOBS).where(*mine).values(**values)).rowcount != 1:
        return False
    note_change(connection, claim.job)
    return True
