"""Results go to a PACS: SEG and SR of each film and of each review, once, as soon as the PACS takes them."""

import io
import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from sqlalchemy.exc import SQLAlchemyError

from pleura.core.errors import UnreadableImage
from pleura.pacs import PacsConfig, PacsError, open_link
from pleura.pacs.archive import Archive, ObjectKey
from pleura.serve.folder import DataFolder
from pleura.serve.reviewed_objects import KINDS, reviewed_object
from pleura.serve.state.database import Database
from pleura.serve.state.deliveries import (
    note_delivery,
    note_review_delivery,
    undelivered,
    undelivered_reviews,
)
from pleura.serve.state.job import Job
from pleura.serve.state.reviews import Review

STORED = "stored"
_LOOK_S, _LONGEST_S = 1.0, 60.0
_AT_ONCE = 20
# The report last: it points to the outline, which must be there when somebody opens it.
_ORDER = ("seg.dcm", "sr.dcm")
_LOG = logging.getLogger("pleura.serve")


@dataclass
class Pusher:
    """Delivers in a thread of its own; what a PACS cannot take at the moment waits, also over a restart."""

    config: PacsConfig
    database: Database
    folder: DataFolder
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to deliver."""
        self._thread = threading.Thread(target=self._run, name="pusher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Deliver no more; what is under way is ended first."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        pause = _LOOK_S
        while not self._stopping.wait(pause):
            try:
                self._deliver_some()
                pause = _LOOK_S
            except (PacsError, SQLAlchemyError, OSError) as error:
                # Only the kind: a PACS may answer with anything.
                _LOG.warning("results wait for the PACS: %s", type(error).__name__)
                pause = min(2 * pause, _LONGEST_S)

    def _deliver_some(self) -> None:
        with self.database.reading() as connection:
            jobs, reviews = undelivered(connection, _AT_ONCE), undelivered_reviews(connection, _AT_ONCE)
        if not jobs and not reviews:
            return
        with open_link(self.config) as link:
            for job in jobs:
                if self._stopping.is_set():
                    return
                note_delivery(self.database, job.id, self._deliver(job, self._results(job), link.target))
            for job, said in reviews:
                if self._stopping.is_set():
                    return
                outcome = self._deliver(job, self._reviewed(job, said), link.target)
                note_review_delivery(self.database, job.id, said[-1].version, outcome)

    def _deliver(self, job: Job, files: Iterable[Path], target: Archive) -> str:
        """Send what the PACS does not hold; how that ended."""
        try:
            for path in files:
                try:
                    content = path.read_bytes()
                    key = _key(content)
                except (FileNotFoundError, InvalidDicomError):
                    # It was deleted meanwhile.
                    continue
                if not target.holds(key):
                    target.store(content)
        except PacsError as error:
            if error.transient:
                raise
            _LOG.warning("job %s: the PACS does not take its results (%s)", job.id, error.code)
            return error.code
        return STORED

    def _results(self, job: Job) -> list[Path]:
        return [self.folder.result(job.id, str(job.result)) / name for name in _ORDER if name in job.files]

    def _reviewed(self, job: Job, reviews: Sequence[Review]) -> list[Path]:
        """The same of a review; none of a film that has been deleted."""
        try:
            made = [reviewed_object(self.folder, job, reviews, kind) for kind in KINDS]
        except (UnreadableImage, FileNotFoundError):
            return []
        return [path for path in made if path is not None]


def _key(content: bytes) -> ObjectKey:
    header = dcmread(io.BytesIO(content), stop_before_pixels=True)
    uids = (header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID, header.SOPClassUID)
    study, series, uid, kind = map(str, uids)
    return ObjectKey(study, series, uid, kind)
