"""What a handler is given: the service, the caller, and whether the caller may."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Depends, Request

from pleura.serve.config import Role
from pleura.serve.errors import ServeError, no_such_job
from pleura.serve.service import Service
from pleura.serve.state.job import Job
from pleura.serve.state.listing import find_job


@dataclass(frozen=True)
class Caller:
    """Who asks: the name of a token, `local` where none is needed, or empty for nobody."""

    name: str
    roles: frozenset[Role]


NOBODY = Caller("", frozenset())
LOCAL = Caller("local", frozenset({"upload", "read", "admin"}))


def service_of(request: Request) -> Service:
    """The service behind a request."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


def caller_of(request: Request) -> Caller:
    """Whom the gatekeeper let in."""
    caller = getattr(request.state, "caller", NOBODY)
    return caller if isinstance(caller, Caller) else NOBODY


def needs(role: Role) -> Callable[[Request], None]:
    """A dependency that lets only callers of a role pass; `admin` may do everything."""

    def check(request: Request) -> None:
        caller = caller_of(request)
        if not caller.name:
            remedy = "Send Authorization: Bearer TOKEN."
            raise ServeError(HTTPStatus.UNAUTHORIZED, "no_token", "this needs a valid token", remedy)
        if not caller.roles & {role, "admin"}:
            remedy = "Use a token with that role."
            raise ServeError(HTTPStatus.FORBIDDEN, "role", f"this needs the role {role}", remedy)

    return check


UPLOAD, READ, ADMIN = (Depends(needs("upload")), Depends(needs("read")), Depends(needs("admin")))


def job_of_request(job_id: str, request: Request) -> Job:
    """The job that a path names.

    Raises:
        ServeError: 404, there is none.
    """
    with service_of(request).database.reading() as connection:
        job = find_job(connection, job_id)
    if job is None:
        raise no_such_job()
    return job
