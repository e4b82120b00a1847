"""The files of a job: its film as a picture, and what was written of its finding."""

from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from pleura.core.errors import UnreadableImage
from pleura.core.files import write_bytes
from pleura.image import read_film
from pleura.serve.errors import ServeError
from pleura.serve.state.job import Job
from pleura.serve.state.reviews import reviews_of
from pleura.serve.web.context import READ, service_of
from pleura.serve.web.jobs import Found
from pleura.serve.work.pictures import film_png

router = APIRouter(
    prefix="/api/v1/jobs/{job_id}", tags=["files"], dependencies=[READ], default_response_class=FileResponse
)
_PNG, _JSON, _DICOM = "image/png", "application/json", "application/dicom"


def _missing(code: str, reason: str) -> ServeError:
    return ServeError(HTTPStatus.NOT_FOUND, code, reason, "The job's links say which files there are.")


def _file(request: Request, job: Job, name: str, kind: str) -> FileResponse:
    if name not in job.files or job.result is None:
        raise _missing("no_file", f"this job has no {name}")
    return _sent(service_of(request).folder.result(job.id, job.result) / name, kind)


def _sent(path: Path, kind: str) -> FileResponse:
    if not path.is_file():
        raise _missing("gone", "the file has been deleted")
    return FileResponse(path, media_type=kind)


@router.get("/film.png")
def get_film(request: Request, job: Found) -> FileResponse:
    """The film at its own size and 16 bits of grey, white = dense, without a window; `X-Pleura-Window` suggests one.

    The header holds centre and width, in grey values of this picture.
    """
    folder = service_of(request).folder
    if job.film is None:
        raise _missing("no_file", "the film could not be decoded, or has not been yet")
    if not job.film_kept:
        raise _missing("gone", "the film has been deleted")
    picture = folder.picture(job.id)
    if not picture.is_file():
        try:
            write_bytes(picture, film_png(read_film(folder.film(job.film_sha256))))
        except UnreadableImage as error:
            raise _missing("gone", "the film has been deleted") from error
    response = _sent(picture, _PNG)
    centre, width = job.film["window"]
    response.headers["X-Pleura-Window"] = f"{centre:g},{width:g}"
    return response


@router.get("/thumbnail.png")
def get_thumbnail(request: Request, job: Found) -> FileResponse:
    """The film as a viewer shows it, at most 256 pixels long."""
    return _file(request, job, "thumbnail.png", _PNG)


@router.get("/mask.png")
def get_mask(
    request: Request, job: Found, version: Annotated[int | None, Query(ge=0, le=1 << 31)] = None
) -> FileResponse:
    """The outline filled, 0 and 255: the newest version, or that of a review; version 0 is the model's own."""
    service = service_of(request)
    with service.database.reading() as connection:
        masks = {review.version: review.mask for review in reviews_of(connection, [job.id])[job.id] if review.mask}
    wanted = max(masks, default=0) if version is None else version
    if wanted == 0:
        return _file(request, job, "mask.png", _PNG)
    if wanted not in masks:
        raise _missing("no_file", "no review of this version holds an outline")
    return _sent(service.folder.reviews(job.id) / str(masks[wanted]), _PNG)


@router.get("/probability.png")
def get_probability(request: Request, job: Found) -> FileResponse:
    """The probability map over the whole film, 255 = 1."""
    return _file(request, job, "probability.png", _PNG)


@router.get("/overlay.png")
def get_overlay(request: Request, job: Found) -> FileResponse:
    """The film with its outline and its words."""
    return _file(request, job, "overlay.png", _PNG)


@router.get("/finding.json")
def get_finding(request: Request, job: Found) -> FileResponse:
    """The finding as `pleura predict` writes it."""
    return _file(request, job, "finding.json", _JSON)


@router.get("/seg.dcm")
def get_seg(request: Request, job: Found) -> FileResponse:
    """The outline as DICOM Segmentation."""
    return _file(request, job, "seg.dcm", _DICOM)


@router.get("/sr.dcm")
def get_sr(request: Request, job: Found) -> FileResponse:
    """The report as DICOM Structured Report; of a refused film the report that it was refused."""
    return _file(request, job, "sr.dcm", _DICOM)
