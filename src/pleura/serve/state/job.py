"""One film on its way to a finding, as the database remembers it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row


class Status(StrEnum):
    """Where a job stands; a job ends in exactly one of the last four.

    REFUSED is a film that must not be read, FAILED one that should have been and was not.
    """

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def has_ended(self) -> bool:
        """Is nothing left to come, unless the film is sent again?"""
        return self not in (Status.WAITING, Status.RUNNING)


UNREAD_URGENCY = 0.9
"""Of a film that no model has read: somebody has to look, after the findings and before all others."""
WAITING_URGENCY = 0.8
_ABSENT_SHARE = 0.5
_SIZE_SHARE = 1e-3


def urgency_of(present: bool, probability: float, area_share: float) -> float:
    """How early a film that was read should be looked at; more is earlier.

    Films with a finding come first, at 1 plus the probability, films of like probability by size; films without one
    last, at half the probability.

    Args:
        present: was a pneumothorax found?
        probability: that one is there, in [0, 1].
        area_share: the share of the film that the outline takes, in [0, 1].
    """
    return 1 + probability + _SIZE_SHARE * area_share if present else _ABSENT_SHARE * probability


@dataclass(frozen=True)
class Job:
    """A row of the table of jobs.

    Attributes:
        id: opaque; it says nothing of the film.
        film_sha256: of the film's file.
        status: where it stands.
        received, started, finished: seconds since 1970 (UTC), None where it has not come to that.
        progress: the share of the work that is done, in [0, 1], None before it begins.
        crashes: how often a worker has died over it.
        film: what the file says of itself, under pseudonyms; None until it is decoded.
        finding: the published document of a finding, None without one.
        refusal: `code`, `reason` and `remedy` of a film that was refused or failed.
        patient: the patient's pseudonym, None where the film names none.
        result: the claim whose files are the result.
        files: names of these files.
        film_kept: is the film's own file still there?
    """

    id: str
    film_sha256: str
    status: Status
    received: float
    started: float | None
    finished: float | None
    progress: float | None
    crashes: int
    film: dict[str, Any] | None
    finding: dict[str, Any] | None
    refusal: dict[str, str] | None
    patient: str | None
    result: str | None
    files: tuple[str, ...]
    film_kept: bool


def job_of(row: Row[Any]) -> Job:
    """The job of a whole row."""
    return Job(
        id=row.id,
        film_sha256=row.film_sha256,
        status=Status(row.status),
        received=row.received,
        started=row.started,
        finished=row.finished,
        progress=row.progress,
        crashes=row.crashes,
        film=row.film,
        finding=row.finding,
        refusal=row.refusal,
        patient=row.patient,
        result=row.result,
        files=tuple(row.files or ()),
        film_kept=row.film_kept,
    )
