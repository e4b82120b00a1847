"""Films are taken in: from the commit on, each of them will end in one result or one named refusal."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from pleura.serve.state.changes import next_number, note_change
from pleura.serve.state.database import Database
from pleura.serve.state.job import WAITING_URGENCY, Job, Status, job_of
from pleura.serve.state.quota import Share, check_share
from pleura.serve.state.tables import JOBS

_OPEN = (Status.WAITING, Status.RUNNING)
NOBODYS = Share("")
_AGAIN = (Status.FAILED, Status.CANCELLED)


@dataclass(frozen=True)
class Arrival:
    """A film that came: the id that its job gets if it is new, the SHA-256 of its file, and its size in bytes."""

    id: str
    sha256: str
    size: int = 0


class NoRoom(Exception):
    """More films than the queue takes; nothing was accepted."""


def accept(
    database: Database,
    arrivals: Sequence[Arrival],
    settings: str,
    limit: int,
    place: Callable[[Sequence[str]], None],
    share: Share = NOBODYS,
) -> list[Job]:
    """Take in all of these films or none.

    Args:
        database: where.
        arrivals: the films.
        settings: what the finding depends on beside the film: the model and how it is run.
        limit: the most jobs that may wait or run.
        place: puts the files of films, by their SHA-256, where the workers look for them; called at most once, and
            nobody deletes them meanwhile.
        share: of whoever sends them.

    Returns:
        One job an arrival, in their order; of a film that is known already the job that is there. One that had
        failed or was cancelled, or whose film has been deleted, waits again.

    Raises:
        NoRoom: fewer places are left than there are new films.
        OverQuota: the sender would have more than its share.
    """
    with database.writing() as connection:
        # Whoever holds this number is alone until the commit: nobody else counts, accepts or deletes meanwhile.
        next_number(connection, "changes")
        before = count_open(connection)
        wanted = [arrival.sha256 for arrival in arrivals if _waits_anew(connection, arrival, settings, share)]
        if wanted and before + len(wanted) > limit:
            raise NoRoom
        if wanted:
            check_share(connection, share)
            place(wanted)
        prints = [fingerprint(arrival.sha256, settings) for arrival in arrivals]
        return [job_of(connection.execute(select(JOBS).where(JOBS.c.fingerprint == one)).one()) for one in prints]


def _waits_anew(connection: Connection, arrival: Arrival, settings: str, share: Share) -> bool:
    """Note a film that is to be read; False for one that waits, is read or has been read already."""
    print_ = fingerprint(arrival.sha256, settings)
    columns = (JOBS.c.id, JOBS.c.status, JOBS.c.film_kept)
    known = connection.execute(select(*columns).where(JOBS.c.fingerprint == print_)).one_or_none()
    if known is None:
        _insert(connection, arrival, print_, share.owner)
    elif known.status in _AGAIN or not known.film_kept:
        _revive(connection, known.id, arrival.size, share.owner)
    else:
        return False
    return True


def fingerprint(film_sha256: str, settings: str) -> str:
    """One for each film and way to read it: the same again is the same job."""
    return hashlib.sha256(f"{film_sha256}\n{settings}".encode()).hexdigest()


def count_open(connection: Connection) -> int:
    """How many jobs wait or run."""
    return int(connection.execute(select(func.count()).where(JOBS.c.status.in_(_OPEN))).scalar_one())


def _insert(connection: Connection, arrival: Arrival, print_: str, owner: str) -> None:
    row = insert(JOBS).values(
        id=arrival.id,
        fingerprint=print_,
        film_sha256=arrival.sha256,
        status=Status.WAITING,
        received=time.time(),
        crashes=0,
        urgency=WAITING_URGENCY,
        film_kept=True,
        owner=owner,
        bytes=arrival.size,
    )
    connection.execute(row)
    note_change(connection, arrival.id)


def _revive(connection: Connection, job: str, size: int, owner: str) -> None:
    anew = {"status": Status.WAITING, "received": time.time(), "crashes": 0, "urgency": WAITING_URGENCY}
    ended = ("started", "finished", "progress", "finding", "refusal", "present", "side", "result", "files")
    gone, sent = dict.fromkeys(ended), {"owner": owner, "bytes": size, "film_kept": True}
    connection.execute(update(JOBS).where(JOBS.c.id == job).values(**anew, **gone, **sent))
    note_change(connection, job)
