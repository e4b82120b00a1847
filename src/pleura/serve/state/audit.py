"""The audit log: who did what and when, in a chain of hashes that shows when a line was changed or taken out.

Each digest covers the line and the digest before it, so that a line in the middle cannot be touched unseen. Whoever
may write the whole table can still forge all that follows a line or cut off the end: compare the newest digest, which
`verify` gives, with one that was noted elsewhere.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from pleura.serve.state.changes import next_number
from pleura.serve.state.database import Database
from pleura.serve.state.tables import AUDIT

GENESIS = "0" * 64


@dataclass(frozen=True)
class Deed:
    """What was done: `who` is a token's name or a part of the service, `about` a job's id or empty."""

    who: str
    what: str
    about: str
    outcome: str


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: how many lines, the newest digest, and the number of the first line that is wrong."""

    lines: int
    newest: str
    broken_at: int | None


def log_deed(database: Database, deed: Deed) -> None:
    """Add a line, in a transaction of its own."""
    with database.writing() as connection:
        number = next_number(connection, "audit")
        previous = connection.execute(select(AUDIT.c.digest).where(AUDIT.c.number == number - 1)).scalar_one_or_none()
        before = previous or GENESIS
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        line = {"number": number, "at": at, **asdict(deed), "previous": before}
        connection.execute(insert(AUDIT).values(**line, digest=_digest(line)))


def verify(connection: Connection) -> Verdict:
    """Check every line against its digest, and the digests and numbers against those before."""
    newest, lines = GENESIS, 0
    for row in connection.execute(select(AUDIT).order_by(AUDIT.c.number)):
        lines += 1
        line = {name: value for name, value in row._mapping.items() if name != "digest"}
        if row.number != lines or row.previous != newest or row.digest != _digest(line):
            return Verdict(lines, newest, int(row.number))
        newest = row.digest
    return Verdict(lines, newest, None)


def _digest(line: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(line, sort_keys=True).encode("utf-8")).hexdigest()
