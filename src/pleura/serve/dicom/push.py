"""Results go to a PACS: SEG and SR of each film, once, as soon as the PACS takes them."""

import io
import logging
import threading
from dataclasses import dataclass, field

from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from sqlalchemy.exc import SQLAlchemyError

from pleura.pacs import PacsConfig, PacsError, open_link
from pleura.pacs.archive import Archive, ObjectKey
from pleura.serve.folder import DataFolder
from pleura.serve.state.database import Database
from pleura.serve.state.deliveries import note_delivery, undelivered
from pleura.serve.state.job import Job

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
            jobs = undelivered(connection, _AT_ONCE)
        if not jobs:
            return
        with open_link(self.config) as link:
            for job in jobs:
                if self._stopping.is_set():
                    return
                try:
                    self._deliver(job, link.target)
                except PacsError as error:
                    if error.transient:
                        raise
                    _LOG.warning("job %s: the PACS does not take its results (%s)", job.id, error.code)
                    note_delivery(self.database, job.id, error.code)
                else:
                    note_delivery(self.database, job.id, STORED)

    def _deliver(self, job: Job, target: Archive) -> None:
        for name in _ORDER:
            if name in job.files and job.result is not None:
                try:
                    content = (self.folder.result(job.id, job.result) / name).read_bytes()
                    key = _key(content)
                except (FileNotFoundError, InvalidDicomError):
                    # It was deleted meanwhile.
                    continue
                if not target.holds(key):
                    target.store(content)


def _key(content: bytes) -> ObjectKey:
    header = dcmread(io.BytesIO(content), stop_before_pixels=True)
    uids = (header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID, header.SOPClassUID)
    study, series, uid, kind = map(str, uids)
    return ObjectKey(study, series, uid, kind)
