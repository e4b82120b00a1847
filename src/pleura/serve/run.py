"""Runs a service until it is told to end."""

import logging
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from pleura.serve.config import ServeConfig, is_loopback
from pleura.serve.errors import ServeConfigError
from pleura.serve.service import Service, running_service
from pleura.serve.web.app import build_app

_LEAVE_S = 5
_KEEP_ALIVE_S = 10
_BACKLOG = 2048
# They quote what is sent, and with it names of patients.
_TALKATIVE = ("pydicom", "pynetdicom", "python_multipart", "alembic", "sqlalchemy")


def run_service(config: ServeConfig, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; the films at work are ended first, those that wait are there at the next start.

    Args:
        config: all settings.
        announce: is told the address, once requests are taken.

    Raises:
        ServeConfigError: the data folder, the database, the address or a certificate cannot be used.
        ModelFileError: no valid model or blend.
    """
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with _listening(config) as listener, running_service(config) as service:
        # uvicorn ends on these signals and then sends them again: that must not cut the end of the workers short.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _ended)
        announce(_address(config, listener))
        _server(config, service).run(sockets=[listener])


def _server(config: ServeConfig, service: Service) -> uvicorn.Server:
    try:
        settings = uvicorn.Config(
            build_app(service),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_LEAVE_S,
            ssl_certfile=config.tls_certificate,
            ssl_keyfile=config.tls_key,
        )
        settings.load()
    except OSError as error:
        reason, remedy = "the certificate or its key cannot be loaded", "Give PEM files that belong together."
        raise ServeConfigError(config.tls_certificate or Path("tls"), reason, remedy) from error
    return uvicorn.Server(settings)


def _listening(config: ServeConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        return socket.create_server((config.host, config.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or "cannot listen there"
        raise ServeConfigError(f"{config.host}:{config.port}", reason, "Choose another host or port.") from error


def _address(config: ServeConfig, listener: socket.socket) -> str:
    scheme = "http" if config.tls_certificate is None else "https"
    host = f"[{config.host}]" if ":" in config.host else config.host
    shown = f"{scheme}://{host}:{listener.getsockname()[1]}"
    return shown if not is_loopback(config.host) or config.tokens else f"{shown} (this machine only, no token needed)"


def _ended(number: int, frame: FrameType | None) -> None:
    """Nothing is left to be done: uvicorn has ended by the time this is called."""
