"""Where files become jobs: what is no film is turned away, the others are on disk and in the database."""

import math
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from pleura.core.errors import Refusal
from pleura.image.sniff import sniff
from pleura.serve.config import Limits, Scan
from pleura.serve.errors import QueueFull, QuotaUsedUp
from pleura.serve.folder import DataFolder
from pleura.serve.intake.archive import unpack
from pleura.serve.intake.scan import scanned
from pleura.serve.intake.upload import Received, Turned
from pleura.serve.state.accept import Arrival, NoRoom, accept, count_open
from pleura.serve.state.database import Database
from pleura.serve.state.job import Job, Status
from pleura.serve.state.quota import OverQuota, Share, check_share
from pleura.serve.state.tables import JOBS

_NO_FILM = Turned(
    Refusal.NOT_AN_IMAGE,
    "its content is no image format of ours",
    "Give a chest film as DICOM, PNG, JPEG, TIFF or WebP.",
)
_LAST_JOBS = 20
_SOON_SHARE = 0.1
_LONGEST_WAIT_S = 60


@dataclass(frozen=True)
class Admitted:
    """What became of the files of one request: jobs, and files that make none."""

    jobs: tuple[Job, ...]
    turned: tuple[Received, ...]


@dataclass(frozen=True)
class Desk:
    """Takes films in.

    Attributes:
        database, folder, limits: of the service.
        settings: what a finding depends on beside its film.
        workers: how many films are read at a time.
        wake: tells the workers that something waits.
        scan: the operator's scanner for malware, where there is one.
    """

    database: Database
    folder: DataFolder
    limits: Limits
    settings: str
    workers: int
    wake: Callable[[], None]
    scan: Scan | None = None

    def check_room(self, owner: str) -> None:
        """Say no before a body is read, where there would be no room for it.

        Raises:
            QueueFull: the queue is full.
            QuotaUsedUp: the sender has its share already.
            ServeError: 507, the disk nearly is.
        """
        self.folder.check_space(self.limits)
        with self.database.reading() as connection:
            full = count_open(connection) >= self.limits.queue
            if not full:
                with self._within_quota():
                    check_share(connection, self._share(owner), more=1)
        if full:
            raise self._full()

    def admit(self, received: list[Received], owner: str) -> Admitted:
        """Turn away what is no film or not clean, and take in all others or none; ZIPs are unpacked first.

        When this returns, the films are synced to disk and their jobs are committed. No file is left in `incoming`.

        Raises:
            QueueFull: there is no room for all of them.
            QuotaUsedUp: the sender would have more than its share.
            ServeError: a ZIP is refused, or 503: the scanner gives no answer.
            OSError: the disk is full.
        """
        files = list(received)
        try:
            for archive in [one for one in received if one.is_zip and one.turned is None]:
                files += unpack(archive, self.folder, self.limits)
            films = [self._judged(one) for one in files if not one.is_zip or one.turned is not None]
            sound = [one for one in films if one.turned is None]
            for one in sound:
                _sync(one.path)
            return Admitted(tuple(self._accept(sound, owner)), tuple(one for one in films if one.turned is not None))
        finally:
            for one in files:
                one.path.unlink(missing_ok=True)

    def _judged(self, one: Received) -> Received:
        if one.turned is not None:
            return one
        if sniff(one.head) is None:
            return replace(one, turned=_NO_FILM)
        return one if self.scan is None else replace(one, turned=scanned(one.path, self.scan))

    def _accept(self, films: list[Received], owner: str) -> list[Job]:
        if not films:
            return []
        paths = {film.sha256: film.path for film in films}
        arrivals = [Arrival(secrets.token_hex(16), film.sha256, film.size) for film in films]

        def place(wanted: Sequence[str]) -> None:
            self.folder.keep({sha256: paths[sha256] for sha256 in wanted})

        try:
            with self._within_quota():
                share = self._share(owner)
                jobs = accept(self.database, arrivals, self.settings, self.limits.queue, place, share)
        except NoRoom:
            raise self._full() from None
        self.wake()
        return jobs

    def _share(self, owner: str) -> Share:
        return Share(owner, self.limits.caller_films, self.limits.caller_mib << 20)

    @contextmanager
    def _within_quota(self) -> Iterator[None]:
        try:
            yield
        except OverQuota as error:
            raise QuotaUsedUp(error.quota, _LONGEST_WAIT_S) from None

    def _full(self) -> QueueFull:
        """With the time in which a tenth of the queue was read lately, by which there is room again."""
        times = JOBS.c.finished - JOBS.c.started
        last = select(times).where(JOBS.c.status == Status.DONE).order_by(JOBS.c.received.desc()).limit(_LAST_JOBS)
        with self.database.reading() as connection:
            seconds = [float(value) for value in connection.execute(last).scalars() if value is not None]
        mean = sum(seconds) / len(seconds) if seconds else 1.0
        soon = math.ceil(mean * self.limits.queue * _SOON_SHARE / self.workers)
        return QueueFull(self.limits.queue, min(max(soon, 1), _LONGEST_WAIT_S))


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
