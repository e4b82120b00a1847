"""Is the service there, can it work, and with which model?"""

from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from pleura.serve.service import Service
from pleura.serve.state.accept import count_open
from pleura.serve.web.context import READ, service_of
from pleura.serve.web.described import Answers

router = APIRouter(tags=["health"])


@router.get("/livez")
def get_live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


class Readiness(BaseModel):
    """Whether the service can work, and which of its parts are there."""

    status: Literal["ok", "not ready"]
    checks: dict[str, bool]


_NOT_READY: Answers = {503: {"model": Readiness, "description": "Something is missing; the answer says what."}}


@router.get("/readyz", response_model=Readiness, responses=_NOT_READY)
def get_ready(request: Request) -> JSONResponse:
    """The database answers, a worker is warm, and there is space for films."""
    checks = _checks(service_of(request))
    ready = all(checks.values())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    document = Readiness(status="ok" if ready else "not ready", checks=checks)
    return JSONResponse(document.model_dump(), status)


@router.get("/api/v1/model", dependencies=[READ])
def get_model(request: Request) -> dict[str, Any]:
    """The model: name, version, thresholds of its decision, and whether its probability is calibrated."""
    return service_of(request).model.document


def _checks(service: Service) -> dict[str, bool]:
    try:
        with service.database.reading() as connection:
            count_open(connection)
        answers = True
    except SQLAlchemyError:
        answers = False
    space = service.folder.has_space(service.config.limits)
    return {"database": answers, "workers": service.supervisor.ready > 0, "space": space}
