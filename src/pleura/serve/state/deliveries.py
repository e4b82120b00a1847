"""Which results have gone to the PACS; one row a job, written when it is through."""

import time

from sqlalchemy import Connection, insert, select

from pleura.serve.state.database import Database
from pleura.serve.state.job import Job, Status, job_of
from pleura.serve.state.tables import DELIVERIES, JOBS

_ENDED = (Status.DONE, Status.REFUSED)


def undelivered(connection: Connection, limit: int) -> list[Job]:
    """Jobs that have ended with files, and of which nothing is noted yet, the oldest first."""
    open_ = (DELIVERIES.c.job.is_(None), JOBS.c.status.in_(_ENDED), JOBS.c.result.is_not(None))
    both = JOBS.outerjoin(DELIVERIES, DELIVERIES.c.job == JOBS.c.id)
    query = select(JOBS).select_from(both).where(*open_).order_by(JOBS.c.finished, JOBS.c.id).limit(limit)
    return [job_of(row) for row in connection.execute(query)]


def note_delivery(database: Database, job: str, outcome: str) -> None:
    """Note that a job is through: `stored`, or the code of the error for which the PACS will never take it.

    A job that was deleted meanwhile is passed over.
    """
    with database.writing() as connection:
        if connection.execute(select(JOBS.c.id).where(JOBS.c.id == job).with_for_update()).first() is not None:
            connection.execute(insert(DELIVERIES).values(job=job, outcome=outcome, at=time.time()))
