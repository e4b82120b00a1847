"""Why the service says no; each with the HTTP status that it answers with."""

from http import HTTPStatus
from pathlib import Path

from pleura.core.errors import PleuraError


class ServeError(PleuraError):
    """A request that is not done.

    Attributes:
        status: the HTTP status of the answer.
        retry_after: in how many seconds to ask again, where that is known.
    """

    retry_after: int | None = None

    def __init__(self, status: HTTPStatus, code: str, reason: str, remedy: str) -> None:
        super().__init__(code, reason, remedy)
        self.status = status


class TooMuch(ServeError):
    """More than is taken in at the moment, of all callers or of one."""

    def __init__(self, code: str, reason: str, retry_after: int) -> None:
        remedy = f"Send it again in {retry_after} seconds."
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, code, reason, remedy)
        self.retry_after = retry_after


class QueueFull(TooMuch):
    """More films wait than are taken in."""

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__("queue_full", f"{limit} films wait already", retry_after)


class QuotaUsedUp(TooMuch):
    """One caller has all that it may have; `quota` says of what."""

    def __init__(self, quota: str, retry_after: int) -> None:
        super().__init__("quota", f"this caller has used up its {quota}", retry_after)


class TooManyRequests(TooMuch):
    """One caller asks too often."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("rate", "too many requests from one caller", retry_after)


class ServeConfigError(PleuraError):
    """A config file, data folder or database with which the service cannot start."""

    def __init__(self, path: str | Path, reason: str, remedy: str) -> None:
        super().__init__("serve_config", f"{path}: {reason}", remedy)


def no_such_job() -> ServeError:
    """The answer to an id that names nothing."""
    remedy = "List the jobs; it may have been deleted."
    return ServeError(HTTPStatus.NOT_FOUND, "no_job", "there is no such job", remedy)
