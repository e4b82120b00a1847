"""The database as a whole: migrations, who may use it, and what an error tells of it."""

import subprocess
import sys
import time

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from pleura.serve.errors import ServeConfigError
from pleura.serve.state.alone import Alone
from pleura.serve.state.audit import Deed, log_deed
from pleura.serve.state.database import Database, sqlite_url
from pleura.serve.state.job import Status
from pleura.serve.state.listing import find_job
from pleura.serve.state.tables import COUNTERS, METADATA


def test_migrations_make_the_tables_that_the_code_uses(database):
    inspector = inspect(database.engine)
    for table in METADATA.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes


FIRST_JOB = (
    "INSERT INTO jobs (id, fingerprint, film_sha256, status, received, crashes, finding, urgency, film_kept) "
    "VALUES ('job1', 'print', 'sha', 'done', 1.5, 0, '{\"present\": true}', 1.9, true)"
)


def test_a_database_of_the_first_version_is_brought_up_with_what_is_in_it(database_url):
    database = Database(database_url)
    database.migrate(to="0001")
    with database.writing() as connection:
        connection.exec_driver_sql(FIRST_JOB)
    database.migrate()
    with database.reading() as connection:
        job = find_job(connection, "job1")
        assert (job.status, job.received, job.finding, job.film_kept) == (Status.DONE, 1.5, {"present": True}, True)
    log_deed(database, Deed("a", "b", "c", "d"))
    database.close()


def test_a_migration_that_breaks_off_leaves_the_database_as_it_was(database_url):
    database = Database(database_url)
    database.migrate(to="0002")
    with database.writing() as connection:
        connection.execute(text("CREATE INDEX jobs_by_film ON jobs (status)"))
    with pytest.raises(ServeConfigError):
        database.migrate()
    with database.writing() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0002"
        connection.execute(text("DROP INDEX jobs_by_film"))
    database.migrate()
    database.close()


def test_two_that_migrate_at_once_do_it_once(database_url):
    script = "import sys; from pleura.serve.state.database import Database; Database(sys.argv[1]).migrate()"
    both = [subprocess.Popen([sys.executable, "-c", script, database_url]) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    database = Database(database_url)
    log_deed(database, Deed("a", "b", "c", "d"))
    database.close()


def test_a_database_of_a_later_version_is_refused(database):
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ServeConfigError, match="later version"):
        database.migrate()


def test_a_transaction_that_fails_leaves_nothing(database):
    def write():
        with database.writing() as connection:
            connection.execute(COUNTERS.insert().values(name="new", value=1))
            connection.execute(COUNTERS.insert().values(name="new", value=2))

    with pytest.raises(IntegrityError):
        write()
    with database.reading() as connection:
        assert connection.execute(select(COUNTERS.c.name).where(COUNTERS.c.name == "new")).all() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_service_at_a_time_works_on_a_postgresql_database(database, database_url):
    other = Database(database_url)
    first, second = Alone(database), Alone(other)
    first.take()
    assert first.holds()
    with pytest.raises(ServeConfigError, match="another service"):
        second.take()
    first.release()
    second.take()
    second.release()
    other.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_lock_that_went_with_its_connection_is_taken_again(database, database_url):
    other, lock = Database(database_url), Alone(database)
    lock.take()
    with other.writing() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
    assert lock.holds()
    with pytest.raises(ServeConfigError, match="another service"):
        Alone(other).take()
    lock.release()
    other.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_scrubbing_waits_for_no_reader(database):
    with database.reading() as connection:
        connection.execute(select(COUNTERS)).all()
        log_deed(database, Deed("a", "b", "c", "d"))
        begin = time.monotonic()
        database.scrub()
        assert time.monotonic() - begin < 20
    log_deed(database, Deed("a", "b", "c", "d"))


@pytest.mark.parametrize("url", ["mysql://u:SECRET@h/n", "no address SECRET", ""])
def test_no_error_repeats_an_address(url):
    with pytest.raises(ServeConfigError) as told:
        Database(url)
    assert "SECRET" not in str(told.value)


def test_a_database_that_cannot_be_reached_is_told(tmp_path):
    for url in ("postgresql://u:SECRET@127.0.0.1:9/n", sqlite_url(tmp_path / "nowhere" / "x.sqlite")):
        with pytest.raises(ServeConfigError) as told:
            Database(url).migrate()
        assert "SECRET" not in str(told.value)
