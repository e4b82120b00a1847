"""Films come in by DICOMweb: STOW-RS (PS3.18 section 10.5)."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool

from pleura.core.errors import Refusal
from pleura.image.sniff import Kind, sniff
from pleura.serve.errors import ServeError
from pleura.serve.intake.body import Headers, receive
from pleura.serve.intake.desk import Admitted
from pleura.serve.intake.instance import Instance, instance_of
from pleura.serve.intake.upload import Received, Turned
from pleura.serve.web.context import UPLOAD, caller_of, service_of
from pleura.serve.web.described import OF_AN_UPLOAD, Answers

router = APIRouter(prefix="/dicomweb", tags=["dicomweb"])
_JSON = "application/dicom+json"
_TYPE = b"application/dicom"
_NO_DICOM = Turned(Refusal.NOT_AN_IMAGE, "it is no DICOM file", "Send DICOM files (PS3.10).")
# PS3.18 table I.2-2: cannot understand.
_CANNOT_UNDERSTAND = 0xC000
_STORED: Answers = {status: {"content": {_JSON: {"schema": {"type": "object"}}}} for status in (200, 202, 409)}
_RELATED = {"schema": {"type": "string", "contentMediaType": "application/dicom"}}


@router.post(
    "/studies",
    dependencies=[UPLOAD],
    responses={**_STORED, **OF_AN_UPLOAD},
    openapi_extra={
        "requestBody": {"required": True, "content": {'multipart/related; type="application/dicom"': _RELATED}}
    },
)
async def post_studies(request: Request) -> JSONResponse:
    """Store films: 200 where all were taken in, 202 where some were, 409 where none was (PS3.18 section 10.5.3)."""
    service = service_of(request)
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/related" or options.get(b"type", _TYPE) != _TYPE:
        remedy = 'Send multipart/related; type="application/dicom".'
        raise ServeError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media_type", "the body has another type", remedy)
    owner = caller_of(request).name
    await run_in_threadpool(service.desk.check_room, owner)
    received = [_only_dicom(one) for one in await receive(request, service.folder, service.config.limits, _is_dicom)]
    if not received:
        remedy = "Send DICOM files as parts of the type application/dicom."
        raise ServeError(HTTPStatus.BAD_REQUEST, "no_film", "the request holds no object", remedy)
    instances = await run_in_threadpool(lambda: [instance_of(one.path) for one in received])
    admitted = await run_in_threadpool(service.desk.admit, received, owner)
    return _answer(instances, admitted)


def _is_dicom(headers: Headers) -> bool:
    return parse_options_header(headers.get("content-type", ""))[0] == _TYPE


def _only_dicom(one: Received) -> Received:
    return one if one.turned is not None or sniff(one.head) is Kind.DICOM else replace(one, turned=_NO_DICOM)


def _answer(instances: list[Instance | None], admitted: Admitted) -> JSONResponse:
    turned = {one.index for one in admitted.turned}
    stored = [each for index, each in enumerate(instances) if index not in turned and each is not None]
    failed = [instances[index] for index in sorted(turned)]
    body: dict[str, Any] = {}
    if stored:
        body["00081199"] = {"vr": "SQ", "Value": [_reference(each) for each in stored]}
    if failed:
        reason = {"00081197": {"vr": "US", "Value": [_CANNOT_UNDERSTAND]}}
        body["00081198"] = {"vr": "SQ", "Value": [{**_reference(each), **reason} for each in failed]}
    status = HTTPStatus.CONFLICT if not admitted.jobs else HTTPStatus.ACCEPTED if failed else HTTPStatus.OK
    return JSONResponse(body, status, media_type=_JSON)


def _reference(instance: Instance | None) -> dict[str, Any]:
    """The object by its class and UID, where it tells them (PS3.18 table 10.5.3-1)."""
    if instance is None:
        return {}
    return {
        "00081150": {"vr": "UI", "Value": [instance.sop_class]},
        "00081155": {"vr": "UI", "Value": [instance.uid]},
    }
