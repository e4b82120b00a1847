"""The database: SQLite in the data folder, or PostgreSQL by URL; opened, and brought up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from pleura.serve.errors import ServeConfigError
from pleura.serve.state.network import translate_network_errors
from pleura.serve.state.tls import tls_of

_MIGRATIONS = Path(__file__).parent / "migrations"
_WAIT_S = 30
_MOST_LOG_BYTES = 64 << 20
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+pg8000"}
_MIGRATING = 0x706C65757261
"""PostgreSQL's advisory lock of those who migrate: two services must not do it at once."""
_WRITES = "pleura_writes"


class Database:
    """Transactions on one database; threads may share it, processes open their own.

    Raises:
        ServeConfigError: no address of a database, one of a kind that is not supported, or no driver for it.
    """

    def __init__(self, url: str) -> None:
        try:
            address = make_url(url)
        except ArgumentError as error:
            raise refused_database("no address of a database") from error
        if address.get_backend_name() not in _DRIVERS:
            raise refused_database(f"a database of the kind {address.get_backend_name()} is not supported")
        self.is_sqlite = address.get_backend_name() == "sqlite"
        address = address.set(drivername=_DRIVERS[address.get_backend_name()])
        # How long SQLite waits while another writes, and PostgreSQL may not answer, before it counts as away.
        patience: dict[str, Any] = {"timeout": _WAIT_S}
        if not self.is_sqlite:
            address, patience["ssl_context"] = tls_of(address)
        size = {"pool_size": 16, "max_overflow": 32}
        try:
            # An error must not quote the values of a statement.
            self.engine: Engine = create_engine(address, hide_parameters=True, connect_args=patience, **size)
        except ModuleNotFoundError as error:
            raise refused_database("its driver is not installed", 'Run pip install "pleura[postgres]".') from error
        if self.is_sqlite:
            event.listen(self.engine, "connect", _set_up)
            event.listen(self.engine, "begin", _begin)
        else:
            translate_network_errors(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that changes nothing; on SQLite it sees one state, on PostgreSQL each of its queries does."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is on disk when the block has ended well, and never was when it has not.

        SQLite takes its one write lock at the beginning: taken later it might find its state outdated, and fail.
        """
        with self.engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
            yield connection

    def migrate(self, to: str = "head") -> None:
        """Run the migrations that are missing, all of them together or none.

        Args:
            to: the revision to stop at.

        Raises:
            ServeConfigError: the database cannot be reached, or belongs to a later version of pleura.
        """
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        try:
            with self.writing() as connection:
                if not self.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
                config.attributes["connection"] = connection
                command.upgrade(config, to)
        except CommandError as error:
            raise refused_database("it was made by a later version of pleura", "Start that version.") from error
        except SQLAlchemyError as error:
            raise refused_database(f"it cannot be opened ({type(error).__name__})") from error

    def scrub(self) -> None:
        """Take what was deleted out of SQLite's log of writes too, unless somebody reads there just now."""
        if self.is_sqlite:
            connection = self.engine.raw_connection()
            try:
                # Waiting for a long reader, a backup say, it would keep everybody from writing.
                for pragma in ("busy_timeout=0", "wal_checkpoint(TRUNCATE)", f"busy_timeout={_WAIT_S * 1000}"):
                    connection.cursor().execute(f"PRAGMA {pragma}")
            finally:
                connection.close()

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def sqlite_url(path: Path) -> str:
    """The address of an SQLite file."""
    return f"sqlite:///{path.resolve()}"


def _set_up(connection: Any, record: object) -> None:  # noqa: ANN401 - whatever the driver gives
    # SQLAlchemy says when transactions begin, not the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    # WAL: who reads does not wait for who writes. FULL: what is committed survives a power cut. What is deleted is
    # overwritten, and a log of writes that has grown shrinks again.
    pragmas = {
        "journal_mode": "WAL",
        "synchronous": "FULL",
        "foreign_keys": "ON",
        "secure_delete": "ON",
        "journal_size_limit": _MOST_LOG_BYTES,
        "busy_timeout": _WAIT_S * 1000,
    }
    for name, value in pragmas.items():
        cursor.execute(f"PRAGMA {name}={value}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def refused_database(
    reason: str, remedy: str = "Give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."
) -> ServeConfigError:
    """Why a database cannot be used."""
    # The address is not repeated: it may hold a password.
    return ServeConfigError("database", reason, remedy)
