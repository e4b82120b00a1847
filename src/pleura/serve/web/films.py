"""Films come in over HTTP."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool

from pleura.serve.errors import ServeError
from pleura.serve.intake.body import Headers, receive
from pleura.serve.intake.desk import Admitted
from pleura.serve.service import Service
from pleura.serve.web.context import UPLOAD, service_of
from pleura.serve.web.documents import ErrorDocument, FilmsAccepted, TurnedDocument, job_documents

router = APIRouter(prefix="/api/v1", tags=["films"])
_NAMES = (b"files", b"file")
_BINARY = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
_FORM = {
    "schema": {
        "type": "object",
        "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
        "required": ["files"],
    }
}
_SAYS_NO = {code: {"model": ErrorDocument} for code in (400, 401, 403, 408, 413, 415, 429, 507)}


@router.post(
    "/films",
    status_code=HTTPStatus.ACCEPTED,
    response_model=FilmsAccepted,
    responses=_SAYS_NO,  # type: ignore[arg-type]
    dependencies=[UPLOAD],
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": _FORM, "*/*": _BINARY}}},
)
async def post_films(request: Request) -> JSONResponse:
    """Send films or ZIPs of films: as parts `files` of a form, or one as the whole body.

    Once this answers 202, each job ends in exactly one result or one named refusal, whatever happens to the service.
    The same film again is the job that is there.
    """
    service = service_of(request)
    await run_in_threadpool(service.desk.check_room)
    received = await receive(request, service.folder, service.config.limits, _is_film)
    if not received:
        remedy = "Send films in parts named files."
        raise ServeError(HTTPStatus.BAD_REQUEST, "no_film", "the request holds no file", remedy)
    admitted = await run_in_threadpool(service.desk.admit, received)
    return await run_in_threadpool(_answer, service, admitted)


def _is_film(headers: Headers) -> bool:
    kind, options = parse_options_header(headers.get("content-disposition", ""))
    return kind == b"form-data" and options.get(b"name") in _NAMES


def _answer(service: Service, admitted: Admitted) -> JSONResponse:
    with service.database.reading() as connection:
        jobs = job_documents(connection, admitted.jobs)
    refused = [
        TurnedDocument(code=turned.code, reason=turned.reason, remedy=turned.remedy, index=one.index, entry=one.entry)
        for one in admitted.turned
        if (turned := one.turned) is not None
    ]
    body = FilmsAccepted(jobs=jobs, refused=refused).model_dump(mode="json")
    if jobs:
        return JSONResponse(body, HTTPStatus.ACCEPTED)
    if not refused:
        error = {"code": "no_film", "reason": "the ZIP holds no film", "remedy": "Pack the films alone, anew."}
        return JSONResponse({"error": error, "refused": []}, HTTPStatus.BAD_REQUEST)
    first = admitted.turned[0].turned
    assert first is not None
    error = {"code": first.code.value, "reason": first.reason, "remedy": first.remedy}
    return JSONResponse({"error": error, "refused": body["refused"]}, first.code.status)
