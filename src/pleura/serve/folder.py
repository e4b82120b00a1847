"""The data folder: films, results and the SQLite file; nothing in it is named after a patient or a file that came."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

from pleura.core.files import sync_folder, write_bytes
from pleura.serve.config import Limits
from pleura.serve.errors import ServeConfigError, ServeError

_SECRET_BYTES = 32
_OWN = 0o700


class DataFolder:
    """Where everything lies; only the account of the service can look into it.

    Attributes:
        root: the folder.
        incoming: uploads that are not complete; emptied at every start.
        films: the films as they came, named by their SHA-256.
        results: a folder a job, and in it one a claim and one of reviews.
        database: the SQLite file.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.incoming, self.films, self.results = (self.root / name for name in ("incoming", "films", "results"))
        self.database = self.root / "pleura.sqlite"

    def prepare(self) -> None:
        """Make what is missing.

        Raises:
            ServeConfigError: it cannot be written to.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(_OWN)
            for folder in (self.incoming, self.films, self.results):
                folder.mkdir(exist_ok=True)
            sync_folder(self.root)
            for name in ("node", "salt"):
                if not (self.root / name).exists():
                    write_bytes(self.root / name, secrets.token_bytes(_SECRET_BYTES))
                    (self.root / name).chmod(0o600)
        except OSError as error:
            reason = error.strerror or "cannot be written to"
            raise ServeConfigError(
                self.root, reason, "Name a folder of the service's own account, or none yet."
            ) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second service off; the lock goes with the process, however it ends.

        Raises:
            ServeConfigError: another service runs on this folder.
        """
        with (self.root / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                reason = "another service runs on this data folder"
                raise ServeConfigError(self.root, reason, "End it, or name another folder with --data.") from error
            yield

    @property
    def node(self) -> str:
        """Which service this is, among those on one database."""
        return (self.root / "node").read_bytes().hex()[:16]

    @property
    def salt(self) -> bytes:
        """What makes pseudonyms of this service its own."""
        return (self.root / "salt").read_bytes()

    def film(self, sha256: str) -> Path:
        """The file of a film."""
        return self.films / sha256

    def result(self, job: str, claim: str) -> Path:
        """The folder of what one claim wrote."""
        return self.results / job / claim

    def picture(self, job: str) -> Path:
        """The film of a job as a PNG, made when it is first asked for."""
        return self.results / job / "film.png"

    def forget_picture(self, job: str) -> None:
        """Delete that PNG."""
        self.picture(job).unlink(missing_ok=True)

    def reviews(self, job: str) -> Path:
        """The folder of corrected masks."""
        return self.results / job / "reviews"

    def new_incoming(self) -> Path:
        """A new name for an upload."""
        return self.incoming / secrets.token_hex(16)

    def keep(self, incoming: Mapping[str, Path]) -> None:
        """Give complete, synced uploads their place, by their SHA-256; the renames are on disk when this returns."""
        for sha256, path in incoming.items():
            path.replace(self.film(sha256))
        sync_folder(self.films)

    def forget_film(self, sha256: str) -> None:
        """Delete a film."""
        self.film(sha256).unlink(missing_ok=True)

    def forget_result(self, job: str, claim: str) -> None:
        """Delete what a claim wrote that holds no longer."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.result(job, claim))

    def forget_results(self, job: str) -> None:
        """Delete all results and corrected masks of a job.

        Raises:
            OSError: something cannot be deleted.
        """
        with suppress(FileNotFoundError):
            shutil.rmtree(self.results / job)

    def forget(self, job: str, film_sha256: str | None) -> None:
        """Delete the results of a job, and its film where one is named.

        Raises:
            OSError: something cannot be deleted.
        """
        self.forget_results(job)
        if film_sha256 is not None:
            self.forget_film(film_sha256)

    def empty_incoming(self) -> None:
        """Delete uploads that were never completed."""
        for path in self.incoming.iterdir():
            path.unlink()

    def check_space(self, limits: Limits, wanted: int = 0) -> None:
        """Is there room for so many bytes, beside what the database and the results need?

        Raises:
            ServeError: 507 `disk_full`.
        """
        if not self.has_space(limits, wanted):
            reason, remedy = "there is no space left for films", "Make room on the disk of the service."
            raise ServeError(HTTPStatus.INSUFFICIENT_STORAGE, "disk_full", reason, remedy)

    def has_space(self, limits: Limits, wanted: int = 0) -> bool:
        """Is there? On a disk that has less than a MiB there never is, whatever is to be kept free."""
        return self.free_bytes() >= (max(limits.free_mib, 1) << 20) + wanted

    def free_bytes(self) -> int:
        """The space that is left."""
        state = os.statvfs(self.root)
        return state.f_bavail * state.f_frsize
