"""What readers said as DICOM, for those who ask and for those who will."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from pleura.core.errors import PleuraError, UnreadableImage
from pleura.serve.errors import ServeError
from pleura.serve.reviewed_objects import KINDS, Kind, reviewed_object
from pleura.serve.service import Service
from pleura.serve.state.job import Job
from pleura.serve.state.listing import find_job
from pleura.serve.state.reviews import Review

_LOG = logging.getLogger("pleura.serve")


def reviewed_file(service: Service, job: Job, reviews: Sequence[Review], kind: Kind) -> Path | None:
    """The object of the last of some reviews; None where there is none.

    Raises:
        ServeError: 404, what it is made of has been deleted.
    """
    remedy = "The job's links say which files there are."
    try:
        path = reviewed_object(service.folder, job, reviews, kind)
    except (UnreadableImage, FileNotFoundError) as error:
        raise ServeError(HTTPStatus.NOT_FOUND, "gone", "the film has been deleted", remedy) from error
    with service.database.reading() as connection:
        still = find_job(connection, job.id)
    if still is None:
        # It was deleted meanwhile, and nobody else knows of what was just written.
        service.folder.forget_results(job.id)
        raise ServeError(HTTPStatus.NOT_FOUND, "gone", "the film has been deleted", remedy)
    return path


def make_reviewed_files(service: Service, job: Job, reviews: Sequence[Review]) -> None:
    """Make them before anybody asks, while the film is still kept; what fails is tried again by who asks."""
    for kind in KINDS:
        try:
            reviewed_file(service, job, reviews, kind)
        except (PleuraError, OSError) as error:
            # Only the kind: a film's header may hold anything.
            _LOG.warning(
                "job %s: no %s of version %d yet (%s)", job.id, kind, reviews[-1].version, type(error).__name__
            )
