"""TLS contexts of DIMSE connections (PS3.15 annex B): verified, version 1.2 or later."""

import ssl

from pleura.pacs.config import Tls
from pleura.pacs.errors import PacsConfigError


def client_context(tls: Tls) -> ssl.SSLContext:
    """For connections that we open.

    Raises:
        PacsConfigError: a certificate or key cannot be loaded.
    """
    context = _loaded(ssl.create_default_context(ssl.Purpose.SERVER_AUTH), tls)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def server_context(tls: Tls) -> ssl.SSLContext:
    """For our own port: the PACS must show a certificate that `ca_file` vouches for, unless `verify` is off.

    Raises:
        PacsConfigError: a certificate or key cannot be loaded.
    """
    context = _loaded(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), tls)
    context.verify_mode = ssl.CERT_REQUIRED if tls.verify else ssl.CERT_NONE
    context.sslsocket_class = _Unhurried
    return context


def secrecy(tls: Tls | None) -> str:
    """How well a connection is protected, in words."""
    if tls is None:
        return "in clear"
    return "TLS" if tls.verify else "TLS, its certificate not checked"


class _Unhurried(ssl.SSLSocket):
    """Shakes hands with the first bytes that are read, and so in the thread of its own connection.

    pynetdicom accepts connections in one thread: there a caller that says nothing would hold up all others.
    """

    def do_handshake(self, block: bool = False) -> None:
        """Leave it to the first read."""


def _loaded(context: ssl.SSLContext, tls: Tls) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if tls.ca_file is not None:
            context.load_verify_locations(cafile=tls.ca_file)
        if tls.client_cert is not None:
            context.load_cert_chain(tls.client_cert, tls.client_key)
    except OSError as error:  # ssl.SSLError is one
        place = " or ".join(str(path) for path in (tls.ca_file, tls.client_cert, tls.client_key) if path is not None)
        remedy = "Give certificate and matching key as PEM, without a password."
        raise PacsConfigError(place, f"cannot be loaded ({type(error).__name__})", remedy) from error
    return context
