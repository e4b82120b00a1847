"""The files of a job: its film as a picture, and what was written of its finding."""

import os
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from pleura.core.errors import UnreadableImage
from pleura.core.files import write_bytes
from pleura.image import read_film
from pleura.serve.errors import ServeError
from pleura.serve.reviewed_objects import Kind
from pleura.serve.service import Service
from pleura.serve.state.job import Job
from pleura.serve.state.listing import find_job
from pleura.serve.state.reviews import reviews_of
from pleura.serve.web.context import READ, service_of
from pleura.serve.web.described import OF_A_JOB, content
from pleura.serve.web.jobs import Found
from pleura.serve.web.reviewed import reviewed_file
from pleura.serve.work.pictures import film_png

router = APIRouter(
    prefix="/api/v1/jobs/{job_id}",
    tags=["files"],
    dependencies=[READ],
    default_response_class=StreamingResponse,
    responses=OF_A_JOB,
)
Version = Annotated[int | None, Query(ge=0, le=1 << 31, description="Of a review; 0 is the model's own.")]
_PNG, _JSON, _DICOM = "image/png", "application/json", "application/dicom"
_KINDS = {".png": _PNG, ".json": _JSON, ".dcm": _DICOM}
_PIECE = 1 << 18


class SentFile(StreamingResponse):
    """A file that was opened before the answer begins, so that it may be deleted meanwhile.

    It is saved under a name of ours: nothing that was sent decides the name of a file on a reader's machine.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        headers = {
            "Content-Length": str(os.fstat(file.fileno()).st_size),
            "Content-Disposition": f'attachment; filename="pleura-{name}"',
        }
        pieces = iter(lambda: file.read(_PIECE), b"")
        super().__init__(pieces, headers=headers, media_type=_KINDS[Path(name).suffix])
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and close it however that ends."""
        with self._file:
            await super().__call__(scope, receive, send)


def _missing(code: str, reason: str) -> ServeError:
    return ServeError(HTTPStatus.NOT_FOUND, code, reason, "The job's links say which files there are.")


def _gone() -> ServeError:
    return _missing("gone", "the file has been deleted")


def _file(request: Request, job: Job, name: str) -> SentFile:
    if name not in job.files or job.result is None:
        raise _missing("no_file", f"this job has no {name}")
    return _sent(service_of(request).folder.result(job.id, job.result) / name, name)


def _sent(path: Path, name: str) -> SentFile:
    try:
        return SentFile(path.open("rb"), name)
    except FileNotFoundError:
        raise _gone() from None


@router.get("/film.png", responses=content(_PNG))
def get_film(request: Request, job: Found) -> SentFile:
    """The film at its own size and 16 bits of grey, white = dense, without a window; `X-Pleura-Window` suggests one.

    The header holds centre and width, in grey values of this picture.
    """
    service = service_of(request)
    if job.film is None:
        raise _missing("no_file", "the film could not be decoded, or has not been yet")
    if not job.film_kept:
        raise _gone()
    picture = service.folder.picture(job.id)
    if not picture.is_file():
        _draw(service, job, picture)
    response = _sent(picture, "film.png")
    centre, width = job.film["window"]
    response.headers["X-Pleura-Window"] = f"{centre:g},{width:g}"
    return response


def _draw(service: Service, job: Job, picture: Path) -> None:
    try:
        write_bytes(picture, film_png(read_film(service.folder.film(job.film_sha256))))
    except UnreadableImage as error:
        raise _gone() from error
    with service.database.reading() as connection:
        now = find_job(connection, job.id)
    if now is None or not now.film_kept:
        # It was deleted meanwhile, and nobody else knows of this picture.
        picture.unlink(missing_ok=True)
        raise _gone()


@router.get("/thumbnail.png", responses=content(_PNG))
def get_thumbnail(request: Request, job: Found) -> SentFile:
    """The film as a viewer shows it, at most 256 pixels long."""
    return _file(request, job, "thumbnail.png")


@router.get("/mask.png", responses=content(_PNG))
def get_mask(request: Request, job: Found, version: Version = None) -> SentFile:
    """The outline filled, 0 and 255: the newest version, or that of a review; version 0 is the model's own."""
    service = service_of(request)
    with service.database.reading() as connection:
        masks = {review.version: review.mask for review in reviews_of(connection, [job.id])[job.id] if review.mask}
    wanted = max(masks, default=0) if version is None else version
    if wanted == 0:
        return _file(request, job, "mask.png")
    if wanted not in masks:
        raise _missing("no_file", "no review of this version holds an outline")
    return _sent(service.folder.reviews(job.id) / str(masks[wanted]), "mask.png")


@router.get("/probability.png", responses=content(_PNG))
def get_probability(request: Request, job: Found) -> SentFile:
    """The probability map over the whole film, 255 = 1."""
    return _file(request, job, "probability.png")


@router.get("/overlay.png", responses=content(_PNG))
def get_overlay(request: Request, job: Found) -> SentFile:
    """The film with its outline and its words."""
    return _file(request, job, "overlay.png")


@router.get("/finding.json", responses=content(_JSON))
def get_finding(request: Request, job: Found) -> SentFile:
    """The finding as `pleura predict` writes it."""
    return _file(request, job, "finding.json")


@router.get("/seg.dcm", responses=content(_DICOM))
def get_seg(request: Request, job: Found, version: Version = None) -> SentFile:
    """The outline as DICOM Segmentation, by whom a review says; a rejected finding and an empty outline have none."""
    return _spoken(request, job, version, "seg")


@router.get("/sr.dcm", responses=content(_DICOM))
def get_sr(request: Request, job: Found, version: Version = None) -> SentFile:
    """The report as DICOM Structured Report, verified by the reader of a review; of a refused film that it was."""
    return _spoken(request, job, version, "sr")


def _spoken(request: Request, job: Job, version: int | None, kind: Kind) -> SentFile:
    """The newest version, or the one asked for."""
    service, name = service_of(request), f"{kind}.dcm"
    with service.database.reading() as connection:
        reviews = reviews_of(connection, [job.id])[job.id]
    if version is not None:
        reviews = [review for review in reviews if review.version <= version]
        if version > 0 and (not reviews or reviews[-1].version != version):
            raise _missing("no_file", "there is no review of this version")
    if not reviews:
        return _file(request, job, name)
    path = reviewed_file(service, job, reviews, kind)
    if path is None:
        raise _missing("no_file", f"this review has no {name}")
    return _sent(path, name)
