"""Server-sent events (WHATWG HTML, section 9.2): `job` with a job's document, `deleted` with an id.

`reset` says that events after the `Last-Event-ID` are forgotten: list the jobs anew.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from pleura.serve.web.context import READ, feed_of
from pleura.serve.web.described import OF_A_JOB, content
from pleura.serve.web.jobs import Found

router = APIRouter(prefix="/api/v1", tags=["events"], dependencies=[READ], default_response_class=StreamingResponse)
_STREAM = content("text/event-stream")
LastEvent = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=(1 << 63) - 1)]


@router.get("/events", responses=_STREAM)
async def get_events(request: Request, last: LastEvent = None) -> StreamingResponse:
    """What changes in all jobs from now on, or after the event of that id."""
    return _stream(request, None, last)


@router.get("/jobs/{job_id}/events", responses={**_STREAM, **OF_A_JOB})
async def get_job_events(request: Request, job: Found, last: LastEvent = None) -> StreamingResponse:
    """What changes in one job; give 0 as last id for all that is remembered of it."""
    return _stream(request, job.id, last)


def _stream(request: Request, job: str | None, last: int | None) -> StreamingResponse:
    # A proxy that collects answers would hold events back.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(feed_of(request).follow(job, last), media_type="text/event-stream", headers=headers)
