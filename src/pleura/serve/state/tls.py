"""TLS to PostgreSQL, by the words that its address has for it: `?sslmode=verify-full&sslrootcert=FILE`."""

import ssl

from sqlalchemy import URL

from pleura.serve.errors import ServeConfigError

_KEYS = ("sslmode", "sslrootcert")


def tls_of(address: URL) -> tuple[URL, ssl.SSLContext | bool | None]:
    """The address without these words, and what pg8000 makes of a connection (its `ssl_context`).

    Of PostgreSQL's modes there are `disable` (False) and `verify-full`, which checks the server's certificate and its
    name. Without any (None) TLS is used where the server has it, and nothing is checked: who can change what is sent
    can read it too.

    Raises:
        ServeConfigError: another mode, or the certificates cannot be read.
    """
    mode, authority = (address.query.get(name) for name in _KEYS)
    rest = address.difference_update_query(_KEYS)
    if mode in (None, "disable") and authority is None:
        return rest, None if mode is None else False
    if mode not in (None, "verify-full") or isinstance(authority, tuple):
        reason = "its sslmode is neither disable nor verify-full"
        raise ServeConfigError("database", reason, "Give sslmode=verify-full and sslrootcert=FILE.")
    try:
        return rest, ssl.create_default_context(cafile=authority)
    except OSError as error:
        reason = f"the certificates of sslrootcert cannot be read ({type(error).__name__})"
        raise ServeConfigError("database", reason, "Give a PEM file.") from error
