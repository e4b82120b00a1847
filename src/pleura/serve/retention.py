"""Films and results are kept only as long as configured."""

import logging
import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import SQLAlchemyError

from pleura.serve.config import Retention
from pleura.serve.folder import DataFolder
from pleura.serve.state.changes import forget_changes, next_number, note_change
from pleura.serve.state.database import Database
from pleura.serve.state.listing import remove
from pleura.serve.state.tables import JOBS

_LOOK_S = 60.0
_HOUR_S = 3600.0
_CHANGES_S = 24 * _HOUR_S
_AT_ONCE = 100
_LOG = logging.getLogger("pleura.serve")


@dataclass
class Keeper:
    """Looks once a minute for what has been kept long enough, in a thread of its own."""

    database: Database
    folder: DataFolder
    retention: Retention
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

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
        """Delete what is due at a time, in seconds since 1970."""
        if self.retention.results_h is not None:
            while due := self._due(now - self.retention.results_h * _HOUR_S):
                for job in due:
                    if remove(self.database, job, self.folder.forget_film):
                        self.folder.forget_results(job)
        if self.retention.films_h is not None:
            before = now - self.retention.films_h * _HOUR_S
            while self._drop_films(before):
                continue
        with self.database.writing() as connection:
            forget_changes(connection, now - _CHANGES_S)

    def _due(self, before: float) -> list[str]:
        with self.database.reading() as connection:
            query = select(JOBS.c.id).where(JOBS.c.finished < before).order_by(JOBS.c.finished).limit(_AT_ONCE)
            return list(connection.execute(query).scalars())

    def _drop_films(self, before: float) -> int:
        """Delete films that no younger job needs, and the pictures that are the film itself."""
        old = select(JOBS.c.id, JOBS.c.film_sha256).where(JOBS.c.finished < before, JOBS.c.film_kept.is_(True))
        with self.database.writing() as connection:
            next_number(connection, "changes")
            rows = list(connection.execute(old.limit(_AT_ONCE)))
            for row in rows:
                connection.execute(update(JOBS).where(JOBS.c.id == row.id).values(film_kept=False))
                note_change(connection, row.id)
                self.folder.forget_picture(row.id)
                if not _needed(connection, row.film_sha256):
                    self.folder.forget_film(row.film_sha256)
            return len(rows)

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            try:
                self.look(time.time())
            except (SQLAlchemyError, OSError) as error:
                _LOG.warning("retention waits: %s", type(error).__name__)


def _needed(connection: Connection, sha256: str) -> bool:
    kept = select(JOBS.c.id).where(JOBS.c.film_sha256 == sha256, JOBS.c.film_kept.is_(True)).limit(1)
    return connection.execute(kept).first() is not None
