"""What readers said of findings; a review is added and never changed."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from sqlalchemy import Connection, func, insert, select

from pleura.serve.errors import ServeError
from pleura.serve.state.changes import next_number, note_change
from pleura.serve.state.database import Database
from pleura.serve.state.tables import JOBS, REVIEWS

Verdict = Literal["accepted", "edited", "rejected"]
MOST_LETTERS = 120
READER = r"^[^\x00-\x1f\x7f]+$"
"""What a reader's name may be written with: no control characters."""


@dataclass(frozen=True)
class Review:
    """One reader's word on one finding; `version` counts from 1, 0 being the model's own.

    `mask` is the name of a file beside the result, where the outline was corrected; `at` is in seconds since 1970.
    """

    version: int
    verdict: str
    reader: str
    at: float
    mask: str | None


def is_name(reader: str) -> bool:
    """Does this name anybody? Blanks and signs alone do not, and DICOM would be left with no name at all."""
    return len(reader) <= MOST_LETTERS and re.fullmatch(READER, reader) is not None and any(map(str.isalnum, reader))


def add_review(
    database: Database, job: str, verdict: Verdict, reader: str, mask: str | None, seen: int | None = None
) -> Review | None:
    """Add a review; None if the job is gone.

    Args:
        database: keeps it.
        job: whose.
        verdict: what the reader says.
        reader: who says it.
        mask: the name of the file with the reader's outline, None where none was drawn.
        seen: the newest version that the reader knows; None where that is not told.

    Raises:
        ServeError: 409 `newer`, there is a version that the reader has not seen: the word would be of its outline.
    """
    with database.writing() as connection:
        next_number(connection, "changes")
        if connection.execute(select(JOBS.c.id).where(JOBS.c.id == job)).one_or_none() is None:
            return None
        last = connection.execute(select(func.max(REVIEWS.c.version)).where(REVIEWS.c.job == job)).scalar_one()
        if seen is not None and seen != (last or 0):
            reason, remedy = "another review came meanwhile", "Look at the newest version first."
            raise ServeError(HTTPStatus.CONFLICT, "newer", reason, remedy)
        review = Review((last or 0) + 1, verdict, reader, time.time(), mask)
        row = {"version": review.version, "verdict": verdict, "reader": reader, "at": review.at, "mask": mask}
        connection.execute(insert(REVIEWS).values(job=job, **row))
        note_change(connection, job)
        return review


def reviews_of(connection: Connection, jobs: Sequence[str]) -> dict[str, list[Review]]:
    """The reviews of some jobs, oldest first; every job has a list."""
    found: dict[str, list[Review]] = {job: [] for job in jobs}
    query = select(REVIEWS).where(REVIEWS.c.job.in_(jobs)).order_by(REVIEWS.c.job, REVIEWS.c.version)
    for row in connection.execute(query):
        found[row.job].append(Review(row.version, row.verdict, row.reader, row.at, row.mask))
    return found
