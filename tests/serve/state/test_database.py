"""The database as a whole: migrations, who may use it, and what an error tells of it."""

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from pleura.serve.errors import ServeConfigError
from pleura.serve.state.database import Database, sqlite_url
from pleura.serve.state.tables import COUNTERS, METADATA


def test_migrations_make_the_tables_that_the_code_uses(database):
    inspector = inspect(database.engine)
    for table in METADATA.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes


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
