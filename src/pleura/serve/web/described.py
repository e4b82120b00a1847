"""The answers that the description of the API (OpenAPI 3.1) names beside those of success."""

from typing import Any

from pleura.serve.web.documents import ErrorDocument

Answers = dict[int | str, dict[str, Any]]


def says_no(*statuses: int) -> Answers:
    """Answers that are an error document."""
    return {status: {"model": ErrorDocument} for status in statuses}


def content(kind: str) -> Answers:
    """The answer 200 with content of a type that is described elsewhere."""
    schema = {"type": "object"} if kind.endswith("json") else {"type": "string", "contentMediaType": kind}
    return {200: {"content": {kind: {"schema": schema}}}}


ANYWHERE = says_no(400, 401, 403, 408, 413, 421, 422, 429, 503)
"""What stands before every route: who may ask, how often, from where, how slowly; and a database that is away."""
OF_A_JOB = says_no(404)
OF_AN_UPLOAD = says_no(415, 507)
