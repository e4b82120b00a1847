"""Why the service says no; each with the HTTP status that it answers with."""

from http import HTTPStatus
from pathlib import Path

from pleura.core.errors import PleuraError


class ServeError(PleuraError):
    """A request that is not done; `status` is the HTTP status of the answer."""

    def __init__(self, status: HTTPStatus, code: str, reason: str, remedy: str) -> None:
        super().__init__(code, reason, remedy)
        self.status = status


class QueueFull(ServeError):
    """More films wait than are taken in; `retry_after` says in how many seconds to ask again."""

    def __init__(self, limit: int, retry_after: int) -> None:
        reason = f"{limit} films wait already"
        super().__init__(
            HTTPStatus.TOO_MANY_REQUESTS, "queue_full", reason, f"Send it again in {retry_after} seconds."
        )
        self.retry_after = retry_after


class TooManyRequests(ServeError):
    """One caller asks too often; `retry_after` says in how many seconds to ask again."""

    def __init__(self, retry_after: int) -> None:
        reason = "too many requests from one caller"
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, "rate", reason, f"Ask again in {retry_after} seconds.")
        self.retry_after = retry_after


class ServeConfigError(PleuraError):
    """A config file, data folder or database with which the service cannot start."""

    def __init__(self, path: str | Path, reason: str, remedy: str) -> None:
        super().__init__("serve_config", f"{path}: {reason}", remedy)


def no_such_job() -> ServeError:
    """The answer to an id that names nothing."""
    remedy = "List the jobs; it may have been deleted."
    return ServeError(HTTPStatus.NOT_FOUND, "no_job", "there is no such job", remedy)
