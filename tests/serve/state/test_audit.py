"""The audit log: every change of a line shows."""

import hashlib
import json
import subprocess
import sys
import threading
import tracemalloc

import pytest
from sqlalchemy import delete, insert, update

from pleura.serve.errors import ServeError
from pleura.serve.state.audit import GENESIS, Deed, Verdict, log_deed, verify
from pleura.serve.state.tables import AUDIT, COUNTERS


def log(database, *jobs):
    for job in jobs:
        log_deed(database, Deed("someone", "read", job, "200"))


def test_an_empty_log_is_sound(database):
    assert verify(database) == Verdict(0, GENESIS, None)


def test_lines_of_many_threads_make_one_chain(database):
    def write(who):
        for number in range(5):
            log_deed(database, Deed(who, "read", f"job{number}", "200"))

    threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (verify(database).lines, verify(database).broken_at) == (80, None)


@pytest.mark.parametrize("column", ["who", "what", "about", "outcome", "at", "digest"])
def test_a_changed_line_shows(database, column):
    log(database, "a", "b", "c")
    with database.writing() as connection:
        connection.execute(update(AUDIT).where(AUDIT.c.number == 2).values({column: "forged"}))
    assert verify(database).broken_at == 2


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_missing_line_shows_wherever_it_stood(database, number):
    log(database, "a", "b", "c")
    with database.writing() as connection:
        connection.execute(delete(AUDIT).where(AUDIT.c.number == number))
    assert verify(database).broken_at == number


def test_lines_that_changed_places_show(database):
    log(database, "a", "b", "c", "d")
    with database.writing() as connection:
        for number, place in ((2, 9), (3, 2), (9, 3)):
            connection.execute(update(AUDIT).where(AUDIT.c.number == number).values(number=place))
    assert verify(database).broken_at == 2


def test_no_line_is_added_where_the_end_was_cut_off(database):
    log(database, "a", "b", "c")
    with database.writing() as connection:
        connection.execute(delete(AUDIT).where(AUDIT.c.number == 3))
    with pytest.raises(ServeError, match="cut off"):
        log(database, "d")
    assert verify(database).broken_at == 3


def test_a_counter_that_was_set_back_hides_no_line(database):
    log(database, "a", "b", "c")
    with database.writing() as connection:
        connection.execute(update(COUNTERS).values(value=1))
        connection.execute(update(AUDIT).where(AUDIT.c.number == 3).values(who="forged"))
    assert verify(database).broken_at == 3


def test_two_services_on_one_database_write_one_chain(database, database_url):
    script = (
        "import sys; from pleura.serve.state.audit import *; from pleura.serve.state.database import Database\n"
        "[log_deed(Database(sys.argv[1]), Deed('other', 'read', str(n), '200')) for n in range(20)]"
    )
    other = subprocess.Popen([sys.executable, "-c", script, database_url])
    log(database, *map(str, range(20)))
    assert other.wait(60) == 0
    assert (verify(database).lines, verify(database).broken_at) == (40, None)


@pytest.mark.long
def test_a_million_lines_are_checked_in_bounded_memory(database):
    """Lines as `add_deed` writes them, but in few transactions: a million of those would take hours."""
    newest, at = GENESIS, "2026-01-01T00:00:00.000000+00:00"
    for begin in range(1, 1_000_000, 10_000):
        rows = []
        for number in range(begin, begin + 10_000):
            fields = {"who": "a", "what": "GET /api/v1/jobs", "about": "", "outcome": "200", "previous": newest}
            line = {"number": number, "at": at, **fields}
            newest = hashlib.sha256(json.dumps(line, sort_keys=True).encode()).hexdigest()
            rows.append({**line, "digest": newest})
        with database.writing() as connection:
            connection.execute(insert(AUDIT), rows)
    tracemalloc.start()
    assert verify(database) == Verdict(1_000_000, newest, None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20
