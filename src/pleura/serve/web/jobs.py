"""Jobs are listed, shown, cancelled and deleted."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pleura.serve.errors import ServeError, no_such_job
from pleura.serve.state.job import Job, Status
from pleura.serve.state.listing import Sorting, Wanted, cancel, list_jobs, prior_jobs, remove
from pleura.serve.web.context import ADMIN, READ, job_of_request, service_of
from pleura.serve.web.described import OF_A_JOB, says_no
from pleura.serve.web.documents import JobDocument, JobList, job_documents

router = APIRouter(prefix="/api/v1", tags=["jobs"])
Found = Annotated[Job, Depends(job_of_request)]


class ListQuery(BaseModel):
    """Which jobs are listed; what is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    status: Status | None = None
    present: bool | None = None
    side: Literal["right", "left", "uncertain"] | None = None
    order: Sorting = "newest"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[str | None, Field(max_length=400, description="`next` of the page before.")] = None


@router.get("/jobs", dependencies=[READ])
def get_jobs(request: Request, query: Annotated[ListQuery, Query()]) -> JobList:
    """One page of jobs, the newest or the most urgent first.

    Most urgent are films with a finding, by probability; then those that nobody could read, those that wait, and
    films without a finding.
    """
    with service_of(request).database.reading() as connection:
        page = list_jobs(connection, Wanted(**query.model_dump()))
        return JobList(jobs=job_documents(connection, page.jobs), next=page.next)


@router.get("/jobs/{job_id}", dependencies=[READ], responses=OF_A_JOB)
def get_job(request: Request, job: Found) -> JobDocument:
    """One job."""
    with service_of(request).database.reading() as connection:
        return job_documents(connection, [job])[0]


@router.get("/jobs/{job_id}/priors", dependencies=[READ], responses=OF_A_JOB)
def get_priors(request: Request, job: Found) -> JobList:
    """Older films of the same patient that were read, the newest first."""
    with service_of(request).database.reading() as connection:
        return JobList(jobs=job_documents(connection, prior_jobs(connection, job)))


@router.delete(
    "/jobs/{job_id}",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=[ADMIN],
    responses={**OF_A_JOB, **says_no(409)},
)
def delete_job(request: Request, job: Found) -> Response:
    """Cancel a job that waits; delete one that has ended, with its film, results and reviews."""
    service = service_of(request)
    if job.status is Status.WAITING and cancel(service.database, job.id):
        return Response(status_code=HTTPStatus.NO_CONTENT)
    with service.database.writing() as connection:
        removed = remove(connection, job.id, service.folder.forget)
    if removed:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    if job_of_request(job.id, request).status in (Status.RUNNING, Status.WAITING):
        reason, remedy = "the film is being read", "Wait until the job has ended."
        raise ServeError(HTTPStatus.CONFLICT, "running", reason, remedy)
    raise no_such_job()
