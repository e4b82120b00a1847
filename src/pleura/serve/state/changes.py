"""What changed, numbered in the order of commits: whoever follows the numbers misses nothing."""

import time
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from pleura.serve.state.tables import CHANGES, COUNTERS

Kind = Literal["job", "deleted"]


@dataclass(frozen=True)
class Change:
    """A job that is new, changed (`job`) or gone (`deleted`)."""

    number: int
    job: str
    kind: str


def next_number(connection: Connection, counter: str) -> int:
    """The next number of a counter; until the transaction ends, nobody else gets one."""
    step = update(COUNTERS).where(COUNTERS.c.name == counter).values(value=COUNTERS.c.value + 1)
    return int(connection.execute(step.returning(COUNTERS.c.value)).scalar_one())


def note_change(connection: Connection, job: str, kind: Kind = "job") -> None:
    """Tell those who follow, once the transaction is committed."""
    number = next_number(connection, "changes")
    connection.execute(insert(CHANGES).values(number=number, job=job, kind=kind, at=time.time()))


def newest_change(connection: Connection) -> int:
    """The number of the last change, 0 where nothing ever changed."""
    return newest_number(connection, "changes")


def newest_number(connection: Connection, counter: str) -> int:
    """The last number that a counter gave, 0 where it gave none."""
    return int(connection.execute(select(COUNTERS.c.value).where(COUNTERS.c.name == counter)).scalar_one())


def oldest_change(connection: Connection) -> int | None:
    """The number of the first change that is still remembered."""
    number = connection.execute(select(func.min(CHANGES.c.number))).scalar_one()
    return None if number is None else int(number)


def changes_after(connection: Connection, number: int, limit: int = 500) -> list[Change]:
    """The changes after a number, in order."""
    query = select(CHANGES).where(CHANGES.c.number > number).order_by(CHANGES.c.number).limit(limit)
    return [Change(row.number, row.job, row.kind) for row in connection.execute(query)]


def forget_changes(connection: Connection, before: float) -> int:
    """Drop changes older than a time; says how many."""
    return int(connection.execute(delete(CHANGES).where(CHANGES.c.at < before)).rowcount)
