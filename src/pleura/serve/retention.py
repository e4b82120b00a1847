"""Films and results are kept only as long as configured."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import SQLAlchemyError

from pleura.serve.config import Retention
from pleura.serve.errors import ServeError
from pleura.serve.folder import DataFolder
from pleura.serve.leftovers import sweep
from pleura.serve.state.audit import Deed, add_deed
from pleura.serve.state.changes import forget_changes, next_number, note_change
from pleura.serve.state.database import Database
from pleura.serve.state.listing import film_needed, remove
from pleura.serve.state.tables import JOBS

_LOOK_S = 60.0
_HOUR_S = 3600.0
_CHANGES_S = 24 * _HOUR_S
_AT_ONCE = 100
_WHO = "retention"
_LOG = logging.getLogger("pleura.serve")


@dataclass
class Keeper:
    """Looks at once and then once a minute for what has been kept long enough, in a thread of its own."""

    database: Database
    folder: DataFolder
    retention: Retention
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _swept: float | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def look(self, now: float) -> None:
        """Delete what is due at a time, in seconds since 1970; the audit log says so of every job."""
        gone = 0
        if self.retention.results_h is not None:
            gone += self._all(self._remove_one, now - self.retention.results_h * _HOUR_S)
        if self.retention.films_h is not None:
            gone += self._all(self._drop_films, now - self.retention.films_h * _HOUR_S)
        with self.database.writing() as connection:
            gone += forget_changes(connection, now - _CHANGES_S)
        if gone:
            self.database.scrub()

    def _all(self, step: Callable[[float], int], before: float) -> int:
        """Take a step until nothing is left to do, or the service ends; says how much was done."""
        total = 0
        while not self._stopping.is_set() and (done := step(before)):
            total += done
        return total

    def _remove_one(self, before: float) -> int:
        """Delete the job that ended first, if that was before a time."""
        first = select(JOBS.c.id).where(JOBS.c.finished < before).order_by(JOBS.c.finished).limit(1)
        with self.database.writing() as connection:
            job = connection.execute(first).scalar_one_or_none()
            if job is None or not remove(connection, job, self.folder.forget):
                return 0
            add_deed(connection, Deed(_WHO, "delete job", job, "done"))
            return 1

    def _drop_films(self, before: float) -> int:
        """Delete films that no younger job needs, and the pictures that are the film itself."""
        old = select(JOBS.c.id, JOBS.c.film_sha256).where(JOBS.c.finished < before, JOBS.c.film_kept.is_(True))
        with self.database.writing() as connection:
            next_number(connection, "changes")
            rows = connection.execute(old.order_by(JOBS.c.finished).limit(_AT_ONCE)).all()
            for row in rows:
                self._drop_film(connection, row.id, row.film_sha256)
            return len(rows)

    def _drop_film(self, connection: Connection, job: str, sha256: str) -> None:
        connection.execute(update(JOBS).where(JOBS.c.id == job).values(film_kept=False))
        note_change(connection, job)
        add_deed(connection, Deed(_WHO, "delete film", job, "done"))
        self.folder.forget_picture(job)
        if not film_needed(connection, sha256):
            self.folder.forget_film(sha256)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look(time.time())
                self._sweep_hourly()
            except (SQLAlchemyError, OSError, ServeError) as error:
                _LOG.warning("retention waits: %s", type(error).__name__)
            self._stopping.wait(_LOOK_S)

    def _sweep_hourly(self) -> None:
        if self._swept is None or time.monotonic() - self._swept > _HOUR_S:
            sweep(self.database, self.folder)
            self._swept = time.monotonic()
