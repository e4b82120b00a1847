"""What one caller may have in the service at a time, beside all others (OWASP ASVS 5.2.4)."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, func, select

from pleura.serve.state.job import Status
from pleura.serve.state.tables import JOBS


class Quota(StrEnum):
    """Which of a caller's quotas is used up."""

    FILMS = "films that wait"
    BYTES = "space for films"


@dataclass(frozen=True)
class Share:
    """One caller's part of the service.

    Attributes:
        owner: the caller, as the audit log names it.
        films: how many of its films may wait or run; 0 for any number.
        kept_bytes: how much its films may take on disk until retention or somebody deletes them; 0 for any size.
    """

    owner: str
    films: int = 0
    kept_bytes: int = 0


class OverQuota(Exception):
    """A caller would have more than its share; nothing was accepted."""

    def __init__(self, quota: Quota) -> None:
        super().__init__(quota)
        self.quota = quota


def check_share(connection: Connection, share: Share, more: int = 0) -> None:
    """Has a caller no more than its share, and room for `more` films?

    Raises:
        OverQuota: it has.
    """
    mine = JOBS.c.owner == share.owner
    if share.films:
        waiting = select(func.count()).where(mine, JOBS.c.status.in_((Status.WAITING, Status.RUNNING)))
        if connection.execute(waiting).scalar_one() + more > share.films:
            raise OverQuota(Quota.FILMS)
    if share.kept_bytes:
        # A film that two models read lies there once.
        kept = select(JOBS.c.film_sha256, JOBS.c.bytes).where(mine, JOBS.c.film_kept).distinct().subquery()
        if (connection.execute(select(func.sum(kept.c.bytes))).scalar_one() or 0) + more > share.kept_bytes:
            raise OverQuota(Quota.BYTES)
