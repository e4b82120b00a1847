"""Every error becomes the same kind of answer, and none of them quotes what was sent."""

import logging
import traceback
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from pleura.core.files import DISK_FULL
from pleura.serve.errors import ServeError

_LOG = logging.getLogger("pleura.serve")


def error_answer(error: Exception) -> JSONResponse:
    """The answer to any error; one that nobody expected is logged by its kind and place alone."""
    if isinstance(error, ServeError):
        retry = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        # Nothing more is expected from who was too slow (RFC 9110 section 15.5.9).
        close = {"Connection": "close"} if error.status is HTTPStatus.REQUEST_TIMEOUT else {}
        challenge = {"WWW-Authenticate": "Bearer"} if error.status is HTTPStatus.UNAUTHORIZED else {}
        return _answer(error.status, (error.code, error.message, error.remedy), {**retry, **challenge, **close})
    if isinstance(error, RequestValidationError):
        # Locations and messages only: a value may be anything.
        places = sorted(
            # Of what we do not know even the name is the sender's.
            {
                ".".join(map(str, one["loc"][: 1 if one["type"] == "extra_forbidden" else 2]))
                for one in error.errors()
                if one["type"] != "json_invalid"
            }
        )
        reason = f"what was sent does not fit: {', '.join(places) or 'body'}"
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, ("request", reason, "See /api/v1/openapi.json."), {})
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        words = (status.name.lower(), status.phrase.lower(), "See /api/v1/openapi.json.")
        return _answer(status, words, dict(error.headers or {}))
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        words = ("disk_full", "there is no space left", "Make room on the disk of the service.")
        return _answer(HTTPStatus.INSUFFICIENT_STORAGE, words, {})
    _log(error)
    if isinstance(error, SQLAlchemyError):
        words = ("database", "the database does not answer", "Try again in a moment.")
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, words, {"Retry-After": "2"})
    words = ("internal", "the request met a defect of pleura", "Report it with the time of the request.")
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, words, {})


def add_error_answers(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Answer the errors that the framework knows by itself in our way too; `routes` are all but those of the page."""

    def answer(request: Request, error: Exception) -> JSONResponse:
        told = error_answer(error)
        if told.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods(routes, request)):
            told.headers["Allow"] = ", ".join(methods)
        return told

    for kind in (ServeError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def _methods(routes: Sequence[BaseRoute], request: Request) -> list[str]:
    """All methods of a path: the framework tells those of one of its routes alone (RFC 9110 section 10.2.1)."""
    matching = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in matching for method in getattr(route, "methods", None) or ()})


def _answer(status: HTTPStatus, words: tuple[str, str, str], headers: dict[str, str]) -> JSONResponse:
    code, reason, remedy = words
    return JSONResponse({"error": {"code": code, "reason": reason, "remedy": remedy}}, status, headers)


def _log(error: Exception) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    _LOG.error("%s at %s", type(error).__name__, place)
