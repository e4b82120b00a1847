"""A PostgreSQL server that ends or is out of reach: pg8000 lets some errors of the network through as they are."""

from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError

_BROKEN_OFF = "the connection to the database broke off"


def translate_network_errors(engine: Engine) -> None:
    """Make all of them errors of SQLAlchemy, and let no connection be used again that had one.

    Connections are tried before they are used, as `pool_pre_ping` does, which would let these errors through.
    """
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "checkout", _try_out)
    event.listen(engine, "handle_error", _translate)


def _connect(dialect: Dialect, record: object, args: list[Any], named: dict[str, Any]) -> object:
    try:
        return dialect.connect(*args, **named)
    except OSError as error:
        raise dialect.loaded_dbapi.InterfaceError(_BROKEN_OFF) from error


def _try_out(connection: Any, record: object, proxy: object) -> None:  # noqa: ANN401 - whatever the driver gives
    try:
        connection.autocommit = True
        connection.cursor().execute("SELECT 1")
        connection.autocommit = False
    except (OSError, connection.Error) as error:
        # The pool tries another connection.
        raise DisconnectionError(_BROKEN_OFF) from error


def _translate(context: ExceptionContext) -> BaseException | None:
    if not isinstance(context.original_exception, OSError):
        return None
    context.is_disconnect = True
    return DisconnectionError(_BROKEN_OFF)
