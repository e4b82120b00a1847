"""The audit log: who did what and when, in a chain of hashes that shows when a line was changed or taken out.

Each digest covers the line and the digest before it, so that a line in the middle cannot be touched unseen, and the
counter of the lines stands elsewhere, so that the end cannot be cut off by itself. Whoever may write the whole
database can still forge all that follows a line: compare the newest digest, which `verify` gives, with one that was
noted elsewhere.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from pleura.serve.errors import ServeError
from pleura.serve.state.changes import newest_number, next_number
from pleura.serve.state.database import Database
from pleura.serve.state.tables import AUDIT

GENESIS = "0" * 64
COUNTER = "audit"
_AT_ONCE = 5000


@dataclass(frozen=True)
class Deed:
    """What was done: `who` is a token's name or a part of the service, `about` a job's id or empty."""

    who: str
    what: str
    about: str
    outcome: str


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: how many sound lines, the digest of the last of them, and the first that is not sound."""

    lines: int
    newest: str
    broken_at: int | None


def log_deed(database: Database, deed: Deed) -> None:
    """Add a line, in a transaction of its own.

    Raises:
        ServeError: 503 `audit`, the end of the log was cut off.
    """
    with database.writing() as connection:
        add_deed(connection, deed)


def add_deed(connection: Connection, deed: Deed) -> None:
    """Add a line, in the transaction of what is done.

    Raises:
        ServeError: 503 `audit`, the end of the log was cut off.
    """
    number = next_number(connection, COUNTER)
    previous = connection.execute(select(AUDIT.c.digest).where(AUDIT.c.number == number - 1)).scalar_one_or_none()
    if previous is None and number > 1:
        remedy = "Run pleura audit verify, and restore the database from a backup."
        raise ServeError(HTTPStatus.SERVICE_UNAVAILABLE, "audit", "the end of the audit log was cut off", remedy)
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    line = {"number": number, "at": at, **asdict(deed), "previous": previous or GENESIS}
    connection.execute(insert(AUDIT).values(**line, digest=_digest(line)))


def verify(database: Database, watch: Callable[[Sequence[int]], Iterable[int]] = iter) -> Verdict:
    """Check every line against its digest, and the digests and numbers against those before.

    Memory holds some thousand lines at a time, and no transaction lasts longer than it takes to read them. Lines that
    are added meanwhile are left for the next time.

    Args:
        database: where.
        watch: passes on the numbers at which pieces of the log begin, and may show how far they are.
    """
    verdict, lines = Verdict(0, GENESIS, None), _lines(database)
    for begin in watch(range(1, lines + 1, _AT_ONCE)):
        end = min(begin + _AT_ONCE - 1, lines)
        with database.reading() as connection:
            query = select(AUDIT).where(AUDIT.c.number.between(begin, end)).order_by(AUDIT.c.number)
            rows = connection.execute(query).all()
        verdict = _continued(verdict, rows, end)
        if verdict.broken_at is not None:
            break
    return verdict


def _lines(database: Database) -> int:
    """How many lines there should be: as many as were counted, or more where the counter was set back."""
    with database.reading() as connection:
        newest = connection.execute(select(func.max(AUDIT.c.number))).scalar_one()
        return max(newest or 0, newest_number(connection, COUNTER))


def _continued(verdict: Verdict, rows: Sequence[Row[Any]], end: int) -> Verdict:
    newest = verdict.newest
    for number, row in zip_longest(range(verdict.lines + 1, end + 1), rows):
        if row is None or row.number != number or row.previous != newest or row.digest != _digest(_line(row)):
            return Verdict(number - 1, newest, number)
        newest = row.digest
    return Verdict(end, newest, None)


def _line(row: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "digest"}


def _digest(line: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(line, sort_keys=True).encode("utf-8")).hexdigest()
