"""Films with the outlines that readers stand by, written into a folder that `pleura prepare reviewed` reads."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from pleura.core.chunks import chunks
from pleura.core.files import write_bytes, write_text
from pleura.data.store import new_folder
from pleura.image.sniff import HEAD_BYTES, Kind, sniff
from pleura.serve.folder import DataFolder
from pleura.serve.reviewed_objects import newest_outline
from pleura.serve.state.audit import Deed, log_deed
from pleura.serve.state.database import Database
from pleura.serve.state.job import Job, Status, job_of
from pleura.serve.state.reviews import Review, reviews_of
from pleura.serve.state.tables import JOBS, REVIEWS

COLUMNS = ("image_id", "patient", "view", "verdict", "version")
_MASK = "mask.png"
_AT_ONCE = 500
_OWN = 0o700

Reviewed = tuple[Job, list[Review]]


@dataclass(frozen=True)
class Exported:
    """How many films went out by the newest verdict, and how many stayed: rejected, or deleted in the meantime."""

    edited: int
    accepted: int
    rejected: int
    gone: int


def export_reviewed(
    database: Database,
    folder: DataFolder,
    out: Path,
    watch: Callable[[Sequence[Reviewed]], Iterable[Reviewed]] = iter,
) -> Exported:
    """Write `films`, `masks` and `reviewed.csv`; all of it or nothing.

    The newest verdict counts. An accepted film has the newest outline that a reader drew, or else the model's own;
    of a rejected one nobody said what is true, so it stays out. The films are whole, with all that their files say of
    the patient; the table holds pseudonyms and no reader's name. The audit log says how many were written.

    Args:
        database: of the service, which may be running.
        folder: its data folder.
        out: the folder to make.
        watch: passes the films through, and may show how far they are.

    Raises:
        DatasetError: `out` is there already, or cannot be made.
        ServeError: 503 `audit`, the end of the audit log was cut off.
        OSError: the disk is full.
    """
    with new_folder(out) as temporary:
        for name in ("films", "masks"):
            (temporary / name).mkdir(_OWN)
        exported = _write(watch(_reviewed(database)), folder, temporary)
        # Before the folder is there: what cannot be logged is not given away.
        log_deed(database, Deed("command line", "export reviews", "", f"{exported.edited + exported.accepted} films"))
        return exported


def _reviewed(database: Database) -> list[Reviewed]:
    """Every job that has a review, oldest first."""
    wanted = select(JOBS).where(JOBS.c.id.in_(select(REVIEWS.c.job)), JOBS.c.status == Status.DONE)
    with database.reading() as connection:
        jobs = [job_of(row) for row in connection.execute(wanted.order_by(JOBS.c.received, JOBS.c.id))]
        found: dict[str, list[Review]] = {}
        for some in chunks(jobs, _AT_ONCE):
            found |= reviews_of(connection, [job.id for job in some])
    return [(job, found[job.id]) for job in jobs]


def _write(reviewed: Iterable[Reviewed], folder: DataFolder, out: Path) -> Exported:
    counts = {"edited": 0, "accepted": 0, "rejected": 0, "gone": 0}
    table = io.StringIO(newline="")
    rows = csv.writer(table)
    rows.writerow(COLUMNS)
    for job, reviews in reviewed:
        newest = reviews[-1]
        if newest.verdict == "rejected":
            counts["rejected"] += 1
            continue
        try:
            film, mask = folder.film(job.film_sha256).read_bytes(), _outline(job, reviews, folder).read_bytes()
        except FileNotFoundError:
            counts["gone"] += 1
            continue
        write_bytes(out / "films" / f"{job.id}.{_suffix(film)}", film)
        write_bytes(out / "masks" / f"{job.id}.png", mask)
        view = (job.film or {}).get("view")
        rows.writerow((job.id, job.patient or "", view or "", newest.verdict, newest.version))
        counts[newest.verdict] += 1
    write_text(out / "reviewed.csv", table.getvalue())
    return Exported(**counts)


def _outline(job: Job, reviews: Sequence[Review], folder: DataFolder) -> Path:
    drawn = newest_outline(reviews)
    if drawn is None:
        return folder.result(job.id, job.result or "") / _MASK
    return folder.reviews(job.id) / str(drawn.mask)


def _suffix(film: bytes) -> str:
    kind = sniff(film[:HEAD_BYTES])
    return "dcm" if kind in (None, Kind.DICOM, Kind.BARE_DICOM) else kind.value
