"""Files that nobody knows of any more: what a crash, or a reader of a job that was being deleted, left behind."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pleura.core.chunks import chunks
from pleura.serve.folder import DataFolder
from pleura.serve.state.changes import next_number
from pleura.serve.state.database import Database
from pleura.serve.state.job import Status
from pleura.serve.state.listing import film_needed
from pleura.serve.state.tables import JOBS

_AT_ONCE = 500
_STALE_S = 3600.0


def sweep(database: Database, folder: DataFolder) -> None:
    """Delete films that no job is kept for, results of jobs that are gone, and what claims wrote that were lost.

    The service may be at work meanwhile.

    Raises:
        OSError: something cannot be deleted.
    """
    for names in _pieces(folder.results):
        _sweep_results(database, folder, names)
    for names in _pieces(folder.films):
        _sweep_films(database, folder, names)


def _sweep_results(database: Database, folder: DataFolder, jobs: list[str]) -> None:
    # The folders first and their jobs afterwards: a folder is made only after its job, or its claim, was committed.
    found = {job: list(_inside(folder.results / job)) for job in jobs}
    columns = (JOBS.c.id, JOBS.c.status, JOBS.c.result, JOBS.c.claim, JOBS.c.film_kept)
    with database.reading() as connection:
        rows = {row.id: row for row in connection.execute(select(*columns).where(JOBS.c.id.in_(jobs)))}
    for job, paths in found.items():
        if job not in rows:
            folder.forget_results(job)
            continue
        for path in paths:
            if not _belongs(path, rows[job], folder):
                _delete(path)


def _belongs(path: Path, row: Any, folder: DataFolder) -> bool:  # noqa: ANN401 - a row of SQLAlchemy
    if path.name.startswith("."):
        # It may be just being written.
        return time.time() - path.lstat().st_mtime < _STALE_S if path.exists() else True
    if path == folder.picture(row.id):
        return bool(row.film_kept)
    claimed = row.claim if row.status == Status.RUNNING else None
    return path == folder.reviews(row.id) or path.name in (row.result, claimed)


def _sweep_films(database: Database, folder: DataFolder, names: list[str]) -> None:
    with database.reading() as connection:
        lost = [name for name in names if not film_needed(connection, name)]
    for name in lost:
        with database.writing() as connection:
            # Whoever holds this number is alone: a film that was being taken in by then is by now, or is not at all.
            next_number(connection, "changes")
            if not film_needed(connection, name):
                folder.forget_film(name)


def _pieces(folder: Path) -> Iterator[list[str]]:
    return chunks((path.name for path in folder.iterdir()), _AT_ONCE)


def _inside(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except (FileNotFoundError, NotADirectoryError):
        # It was deleted meanwhile.
        return


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
