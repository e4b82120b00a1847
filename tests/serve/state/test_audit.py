"""The audit log: every change of a line shows."""

import threading

import pytest
from sqlalchemy import delete, update

from pleura.serve.state.audit import GENESIS, Deed, log_deed, verify
from pleura.serve.state.tables import AUDIT


def verdict(database):
    with database.reading() as connection:
        return verify(connection)


def test_an_empty_log_is_sound(database):
    assert (verdict(database).lines, verdict(database).newest, verdict(database).broken_at) == (0, GENESIS, None)


def test_lines_of_many_threads_make_one_chain(database):
    def write(who):
        for number in range(5):
            log_deed(database, Deed(who, "read", f"job{number}", "200"))

    threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert verdict(database).lines == 20
    assert verdict(database).broken_at is None


@pytest.mark.parametrize("column", ["who", "what", "about", "outcome", "at", "digest"])
def test_a_changed_line_shows(database, column):
    for number in range(3):
        log_deed(database, Deed("someone", "read", f"job{number}", "200"))
    with database.writing() as connection:
        connection.execute(update(AUDIT).where(AUDIT.c.number == 2).values({column: "forged"}))
    assert verdict(database).broken_at == 2


def test_a_missing_line_shows(database):
    for number in range(3):
        log_deed(database, Deed("someone", "read", f"job{number}", "200"))
    with database.writing() as connection:
        connection.execute(delete(AUDIT).where(AUDIT.c.number == 2))
    assert verdict(database).broken_at == 3
