"""Films come in over HTTP."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool

from pleura.serve.errors import ServeError
from pleura.serve.intake.body import Headers, receive
from pleura.serve.intake.desk import Admitted
from pleura.serve.service import Service
from pleura.serve.state.listing import find_job
from pleura.serve.web.context import UPLOAD, caller_of, feed_of, service_of
from pleura.serve.web.described import OF_AN_UPLOAD, Answers
from pleura.serve.web.documents import FilmsAccepted, TurnedDocument, job_documents

router = APIRouter(prefix="/api/v1", tags=["films"])
_LONGEST_WAIT_S = 60
Wait = Annotated[float, Query(ge=0, le=_LONGEST_WAIT_S, description="Seconds to wait for the ends of the jobs.")]
_NAMES = (b"files", b"file")
_WHOLE = ("application/octet-stream", "application/dicom", "application/zip", "image/png", "image/jpeg", "image/tiff")
_BODIES = {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in _WHOLE}
_FORM = {
    "schema": {
        "type": "object",
        "properties": {"files": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}}},
        "required": ["files"],
    }
}
_ALL_ENDED: Answers = {200: {"model": FilmsAccepted, "description": "With `wait`: all jobs have ended."}}


@router.post(
    "/films",
    status_code=HTTPStatus.ACCEPTED,
    response_model=FilmsAccepted,
    responses={**_ALL_ENDED, **OF_AN_UPLOAD},
    dependencies=[UPLOAD],
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": _FORM, **_BODIES}}},
)
async def post_films(request: Request, wait: Wait = 0.0) -> JSONResponse:
    """Send films or ZIPs of films: as parts `files` of a form, or one as the whole body.

    With `wait` the answer comes when all jobs have ended, with 200, or after so many seconds, with 202.

    Once this answers 202, each job ends in exactly one result or one named refusal, whatever happens to the service.
    The same film again is the job that is there.
    """
    service = service_of(request)
    owner = caller_of(request).name
    await run_in_threadpool(service.desk.check_room, owner)
    received = await receive(request, service.folder, service.config.limits, _is_film)
    if not received:
        remedy = "Send films in parts named files."
        raise ServeError(HTTPStatus.BAD_REQUEST, "no_film", "the request holds no file", remedy)
    admitted = await run_in_threadpool(service.desk.admit, received, owner)
    if wait and admitted.jobs:
        await feed_of(request).ended([job.id for job in admitted.jobs], wait)
        admitted = await run_in_threadpool(_as_they_stand, service, admitted)
    return await run_in_threadpool(_answer, service, admitted, wait > 0)


def _is_film(headers: Headers) -> bool:
    kind, options = parse_options_header(headers.get("content-disposition", ""))
    return kind == b"form-data" and options.get(b"name") in _NAMES


def _as_they_stand(service: Service, admitted: Admitted) -> Admitted:
    """The same jobs after a while; one that was deleted meanwhile is left as it was."""
    with service.database.reading() as connection:
        jobs = tuple(find_job(connection, job.id) or job for job in admitted.jobs)
    return replace(admitted, jobs=jobs)


def _answer(service: Service, admitted: Admitted, waited: bool) -> JSONResponse:
    with service.database.reading() as connection:
        jobs = job_documents(connection, admitted.jobs)
    refused = [
        TurnedDocument(code=turned.code, reason=turned.reason, remedy=turned.remedy, index=one.index, entry=one.entry)
        for one in admitted.turned
        if (turned := one.turned) is not None
    ]
    body = FilmsAccepted(jobs=jobs, refused=refused).model_dump(mode="json")
    if jobs:
        done = waited and all(job.status.has_ended for job in jobs)
        return JSONResponse(body, HTTPStatus.OK if done else HTTPStatus.ACCEPTED)
    if not refused:
        error = {"code": "no_film", "reason": "the ZIP holds no film", "remedy": "Pack the films alone, anew."}
        return JSONResponse({"error": error, "refused": []}, HTTPStatus.BAD_REQUEST)
    first = admitted.turned[0].turned
    assert first is not None
    error = {"code": first.code.value, "reason": first.reason, "remedy": first.remedy}
    return JSONResponse({"error": error, "refused": body["refused"]}, first.code.status)
