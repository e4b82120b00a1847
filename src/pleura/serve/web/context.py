"""What a handler is given: the service, the caller, and whether the caller may."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Depends, Request

from pleura.serve.credentials import Role
from pleura.serve.errors import ServeError, no_such_job
from pleura.serve.service import Service
from pleura.serve.state.job import Job
from pleura.serve.state.listing import find_job
from pleura.serve.web.feed import Feed


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        name: of a token, the pseudonym of an issuer's subject, `local` where no token is needed, or empty for nobody.
        roles: what it may do.
        reader: whom the issuer names as the reader, empty where it names none; None where readers name themselves.
        problem: why nobody is known by the token that was sent.
    """

    name: str
    roles: frozenset[Role]
    reader: str | None = None
    problem: ServeError | None = None


def stranger(reason: str) -> Caller:
    """The sender of a token that is not valid, which the reason says more of: `it` is the token."""
    remedy = "Get a new token, and send it as Authorization: Bearer TOKEN."
    words = f"this needs a valid token, and of the one that was sent: {reason}"
    return Caller("", frozenset(), problem=ServeError(HTTPStatus.UNAUTHORIZED, "token", words, remedy))


NOBODY = Caller("", frozenset())
LOCAL = Caller("local", frozenset({"upload", "read", "admin"}))


def service_of(request: Request) -> Service:
    """The service behind a request."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


def feed_of(request: Request) -> Feed:
    """What tells of changes."""
    feed = request.app.state.feed
    assert isinstance(feed, Feed)
    return feed


def caller_of(request: Request) -> Caller:
    """Whom the gatekeeper let in."""
    caller = getattr(request.state, "caller", NOBODY)
    return caller if isinstance(caller, Caller) else NOBODY


def needs(role: Role) -> Callable[[Request], None]:
    """A dependency that lets only callers of a role pass; `admin` may do everything."""

    def check(request: Request) -> None:
        caller = caller_of(request)
        if caller.problem is not None:
            raise caller.problem
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
