"""One service a database: a second one would claim films whose files it has not."""

import time
from contextlib import suppress

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from pleura.serve.state.database import Database, refused_database

_SERVING = 0x706C65757262
_PATIENCE_S = 60.0


class Alone:
    """An advisory lock of PostgreSQL, which goes with its connection, however that ends; SQLite's folder has its own.

    Used by one thread at a time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._missed: float | None = None

    def take(self) -> None:
        """Keep every other service off.

        Raises:
            ServeConfigError: another service runs on this database, or the database does not answer.
        """
        try:
            taken = self._database.is_sqlite or self._take()
        except SQLAlchemyError as error:
            raise refused_database(f"it cannot be opened ({type(error).__name__})") from error
        if not taken:
            raise refused_database("another service runs on this database", "End it, or name another database.")

    def holds(self) -> bool:
        """Is the database still ours? A lock that was lost with its connection is taken again.

        The server may take a while to notice that our old connection is gone, and only then is another service to
        blame.

        Raises:
            SQLAlchemyError: the database does not answer.
        """
        if self._database.is_sqlite or self._answers() or self._take():
            self._missed = None
            return True
        self._missed = self._missed or time.monotonic()
        return time.monotonic() - self._missed < _PATIENCE_S

    def release(self) -> None:
        """Let others in."""
        if self._connection is not None:
            # A connection that is lost has lost the lock too.
            with suppress(SQLAlchemyError):
                self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _SERVING})
                self._connection.close()
            self._connection = None

    def _answers(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None
        return self._connection is not None

    def _take(self) -> bool:
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = False
        try:
            asked = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _SERVING})
            taken = bool(asked.scalar_one())
        finally:
            if not taken:
                connection.close()
        self._connection = connection if taken else None
        return taken
