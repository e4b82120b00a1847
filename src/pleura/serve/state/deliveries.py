"""Which results have gone to the PACS: one row a job and a mark on each review, written when it is through."""

import time

from sqlalchemy import Connection, insert, select, update

from pleura.serve.state.database import Database
from pleura.serve.state.job import Job, Status, job_of
from pleura.serve.state.reviews import Review, reviews_of
from pleura.serve.state.tables import DELIVERIES, JOBS, REVIEWS

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


def undelivered_reviews(connection: Connection, limit: int) -> list[tuple[Job, list[Review]]]:
    """Reviews of which nothing is noted yet, the oldest first, each with those before it and after its job's own."""
    open_ = (REVIEWS.c.delivery.is_(None), JOBS.c.status == Status.DONE, JOBS.c.result.is_not(None))
    joined = REVIEWS.join(JOBS, REVIEWS.c.job == JOBS.c.id).join(DELIVERIES, DELIVERIES.c.job == JOBS.c.id)
    order = (REVIEWS.c.at, REVIEWS.c.job, REVIEWS.c.version)
    query = select(JOBS, REVIEWS.c.version).select_from(joined).where(*open_).order_by(*order).limit(limit)
    rows = connection.execute(query).all()
    said = reviews_of(connection, [row.id for row in rows])
    return [(job_of(row), [each for each in said[row.id] if each.version <= row.version]) for row in rows]


def note_review_delivery(database: Database, job: str, version: int, outcome: str) -> None:
    """Note that a review is through, as `note_delivery` does of a job."""
    with database.writing() as connection:
        which = (REVIEWS.c.job == job, REVIEWS.c.version == version)
        connection.execute(update(REVIEWS).where(*which).values(delivery=outcome))
