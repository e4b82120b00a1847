"""Readers accept, correct or reject a finding."""

import base64
import binascii
import secrets
from http import HTTPStatus
from typing import Annotated, Literal

import cv2
import numpy as np
from fastapi import APIRouter, BackgroundTasks, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pleura.core.files import write_bytes
from pleura.core.types import Mask
from pleura.output.png import mask_png
from pleura.serve.errors import ServeError, no_such_job
from pleura.serve.state.job import Job, Status
from pleura.serve.state.reviews import MOST_LETTERS, READER, add_review, is_name, reviews_of
from pleura.serve.web.context import READ, Caller, caller_of, service_of
from pleura.serve.web.described import OF_A_JOB, says_no
from pleura.serve.web.documents import ReviewDocument, review_documents
from pleura.serve.web.jobs import Found
from pleura.serve.web.reviewed import make_reviewed_files

router = APIRouter(prefix="/api/v1/jobs/{job_id}", tags=["reviews"], dependencies=[READ], responses=OF_A_JOB)
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_INSIDE = 127


def _named(reader: str) -> str:
    if not is_name(reader):
        raise ValueError("a name has a letter or a digit")
    return reader


class NewReview(BaseModel):
    """A reader's word; `mask` is a base64 PNG of the film's size, above 127 inside, and goes with `edited` alone.

    Where an issuer's tokens name the readers (docs/serve.md), that name is kept, and not `reader`. `seen` is the
    newest version that the reader knows, 0 for the model's own: where another came meanwhile, nothing is stored.
    """

    model_config = ConfigDict(extra="forbid")
    verdict: Literal["accepted", "edited", "rejected"]
    reader: (
        Annotated[str, Field(min_length=1, max_length=MOST_LETTERS, pattern=READER), AfterValidator(_named)] | None
    ) = None
    mask: Annotated[str, Field(max_length=32 << 20)] | None = None
    seen: Annotated[int, Field(ge=0, le=1 << 31)] | None = None


class ReviewList(BaseModel):
    """The reviews of a job, oldest first."""

    reviews: list[ReviewDocument]


@router.get("/reviews")
def get_reviews(request: Request, job: Found) -> ReviewList:
    """What readers said."""
    with service_of(request).database.reading() as connection:
        found = reviews_of(connection, [job.id])[job.id]
    return ReviewList(reviews=review_documents(job, found))


@router.post("/reviews", status_code=HTTPStatus.CREATED, responses=says_no(409))
def post_review(request: Request, job: Found, review: NewReview, later: BackgroundTasks) -> ReviewDocument:
    """Add a review; none is ever changed. SEG and SR of it are made once this is answered."""
    service = service_of(request)
    if job.status is not Status.DONE or job.film is None:
        remedy = "Wait until the job is done."
        raise ServeError(HTTPStatus.CONFLICT, "not_done", "there is no finding to review", remedy)
    if (review.mask is not None) != (review.verdict == "edited"):
        raise _unfit("a mask goes with the verdict edited, and with no other")
    reader = _reader(caller_of(request), review)
    drawn = None
    if review.mask is not None:
        drawn = service.folder.reviews(job.id) / f"{secrets.token_hex(8)}.png"
        write_bytes(drawn, mask_png(_decoded(review.mask, job)))
    try:
        added = add_review(
            service.database, job.id, review.verdict, reader, drawn.name if drawn else None, review.seen
        )
    except ServeError:
        if drawn is not None:
            drawn.unlink(missing_ok=True)
        raise
    if added is None:
        service.folder.forget_results(job.id)
        raise no_such_job()
    with service.database.reading() as connection:
        said = [each for each in reviews_of(connection, [job.id])[job.id] if each.version <= added.version]
    if not said:
        raise no_such_job()
    later.add_task(make_reviewed_files, service, job, said)
    return review_documents(job, said)[-1]


def _reader(caller: Caller, review: NewReview) -> str:
    """Whose word it is: an issuer's name for the caller stands above what was typed."""
    if caller.reader == "":
        reason, remedy = "the token does not say who reads", "Have the issuer name the reader (oidc.reader_claim)."
        raise ServeError(HTTPStatus.FORBIDDEN, "no_reader", reason, remedy)
    reader = caller.reader or review.reader
    if reader is None:
        raise _unfit("it does not say who reads: give reader")
    return reader


def _decoded(text: str, job: Job) -> Mask:
    film = job.film or {}
    rows, columns = int(film["rows"]), int(film["columns"])
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unfit("the mask is no base64") from error
    # The size stands in the first 24 bytes; nothing larger than the film is ever unpacked.
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    if not content.startswith(_PNG_HEAD) or (height, width) != (rows, columns):
        raise _unfit(f"the mask is no PNG of {columns} x {rows} pixels")
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None or picture.shape != (rows, columns):
        raise _unfit("the mask is a damaged PNG")
    return np.asarray(picture > _INSIDE, dtype=np.bool_)


def _unfit(reason: str) -> ServeError:
    return ServeError(HTTPStatus.UNPROCESSABLE_ENTITY, "review", reason, "Correct the review.")
