"""The JSON that the API gives: what stands in the database, with links and without anything of the database's own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from pleura.serve.state.job import Job, Status
from pleura.serve.state.reviews import Review, reviews_of

API = "/api/v1"
_FILES = {
    "thumbnail.png": "thumbnail",
    "mask.png": "mask",
    "probability.png": "probability",
    "overlay.png": "overlay",
    "finding.json": "finding",
    "seg.dcm": "seg",
    "sr.dcm": "sr",
}


class FilmDocument(BaseModel):
    """What a film's file says of itself; `study` and `patient` are pseudonyms, `acquired` is YYYY-MM-DD."""

    rows: int
    columns: int
    view: Literal["PA", "AP", "unknown"]
    spacing_mm: tuple[float, float] | None
    study: str | None
    patient: str | None
    acquired: str | None


class RefusalDocument(BaseModel):
    """Why a film was refused or failed, and what to do about it."""

    code: str
    reason: str
    remedy: str


class ReviewDocument(BaseModel):
    """One reader's word; `edited` says whether it holds a corrected outline, as `mask.png?version=`."""

    version: int
    verdict: Literal["accepted", "edited", "rejected"]
    reader: str
    at: str
    edited: bool


class JobDocument(BaseModel):
    """One film on its way to a finding; `finding` is the published document (`pleura.finding/3`)."""

    id: str
    status: Status
    received: str
    finished: str | None
    progress: float | None = Field(description="The share of the work that is done, in [0, 1].")
    film: FilmDocument | None
    finding: dict[str, Any] | None
    refusal: RefusalDocument | None
    reviews: list[ReviewDocument]
    links: dict[str, str]


class JobList(BaseModel):
    """One page of jobs; `next` goes into `after` for the next one."""

    jobs: list[JobDocument]
    next: str | None = None


class TurnedDocument(RefusalDocument):
    """A file that made no job: its place in the request, and in a ZIP."""

    index: int
    entry: int | None


class FilmsAccepted(BaseModel):
    """What became of the files of one request."""

    jobs: list[JobDocument]
    refused: list[TurnedDocument]


class ErrorDocument(BaseModel):
    """Every answer that is no success."""

    error: RefusalDocument


def job_documents(connection: Connection, jobs: Sequence[Job]) -> list[JobDocument]:
    """The documents of some jobs, in their order."""
    reviews = reviews_of(connection, [job.id for job in jobs])
    return [_document(job, reviews[job.id]) for job in jobs]


def review_document(review: Review) -> ReviewDocument:
    """The document of a review."""
    fields = {"version": review.version, "verdict": review.verdict, "reader": review.reader}
    return ReviewDocument.model_validate({**fields, "at": moment(review.at), "edited": review.mask is not None})


def moment(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _document(job: Job, reviews: list[Review]) -> JobDocument:
    return JobDocument(
        id=job.id,
        status=job.status,
        received=moment(job.received),
        finished=None if job.finished is None else moment(job.finished),
        progress=job.progress,
        film=None if job.film is None else FilmDocument.model_validate(job.film),
        finding=job.finding,
        refusal=None if job.refusal is None else RefusalDocument.model_validate(job.refusal),
        reviews=[review_document(review) for review in reviews],
        links=_links(job),
    )


def _links(job: Job) -> dict[str, str]:
    here = f"{API}/jobs/{job.id}"
    links = {"self": here, "events": f"{here}/events"}
    if job.film is not None and job.film_kept:
        links["film"] = f"{here}/film.png"
    links |= {name: f"{here}/{file}" for file, name in _FILES.items() if file in job.files}
    if job.status is Status.DONE:
        links |= {name: f"{here}/{name}" for name in ("reviews", "priors")}
    return links
