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
    """One reader's word; `edited` says whether it holds a corrected outline.

    `links` are its `mask`, and of a DICOM film its `seg`, unless the reader rejects, and its `sr`. A reader who has
    emptied the outline stands by none: `seg` is answered by 404 then.
    """

    version: int
    verdict: Literal["accepted", "edited", "rejected"]
    reader: str
    at: str
    edited: bool
    links: dict[str, str]


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


def review_documents(job: Job, reviews: Sequence[Review]) -> list[ReviewDocument]:
    """The documents of a job's reviews, oldest first."""
    outlined, documents = "seg.dcm" in job.files, []
    for review in reviews:
        outlined = outlined or review.mask is not None
        dicom = "sr.dcm" in job.files
        files = {
            "mask.png": review.mask is not None,
            "seg.dcm": dicom and outlined and review.verdict != "rejected",
            "sr.dcm": dicom,
        }
        fields = {"version": review.version, "verdict": review.verdict, "reader": review.reader}
        links = {
            _FILES[file]: f"{_address(job)}/{file}?version={review.version}" for file, there in files.items() if there
        }
        told = {**fields, "at": moment(review.at), "edited": review.mask is not None, "links": links}
        documents.append(ReviewDocument.model_validate(told))
    return documents


def moment(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _document(job: Job, reviews: list[Review]) -> JobDocument:
    said = review_documents(job, reviews)
    return JobDocument(
        id=job.id,
        status=job.status,
        received=moment(job.received),
        finished=None if job.finished is None else moment(job.finished),
        progress=job.progress,
        film=None if job.film is None else FilmDocument.model_validate(job.film),
        finding=job.finding,
        refusal=None if job.refusal is None else RefusalDocument.model_validate(job.refusal),
        reviews=said,
        links=_links(job, said),
    )


def _address(job: Job) -> str:
    return f"{API}/jobs/{job.id}"


def _links(job: Job, reviews: Sequence[ReviewDocument]) -> dict[str, str]:
    here = _address(job)
    links = {"self": here, "events": f"{here}/events"}
    if job.film is not None and job.film_kept:
        links["film"] = f"{here}/film.png"
    links |= {name: f"{here}/{file}" for file, name in _FILES.items() if file in job.files}
    if reviews:
        # Without a version these two are those of the newest review, which may have none or the first.
        links = {name: link for name, link in links.items() if name not in ("seg", "sr")}
        links |= {name: f"{here}/{name}.dcm" for name in ("seg", "sr") if name in reviews[-1].links}
    if job.status is Status.DONE:
        links |= {name: f"{here}/{name}" for name in ("reviews", "priors")}
    return links
