"""The HTTP server: its port, its certificate, and how long it waits for whom."""

import socket
from pathlib import Path

import uvicorn

from pleura.serve.config import ServeConfig
from pleura.serve.errors import ServeConfigError
from pleura.serve.service import Service
from pleura.serve.web.app import build_app

_LEAVE_S = 5
_KEEP_ALIVE_S = 10
_BACKLOG = 2048


def listening(config: ServeConfig) -> socket.socket:
    """The port of the service; the caller closes it.

    Raises:
        ServeConfigError: somebody else has it, or there is no such address here.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        return socket.create_server((config.host, config.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or "cannot listen there"
        raise ServeConfigError(f"{config.host}:{config.port}", reason, "Choose another host or port.") from error


def server_of(service: Service) -> uvicorn.Server:
    """The server of a running service; `run` answers until it is told to end.

    Raises:
        ServeConfigError: a certificate cannot be used.
    """
    config = service.config
    settings = uvicorn.Config(
        build_app(service),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_LEAVE_S,
        ssl_certfile=config.tls_certificate,
        ssl_keyfile=config.tls_key,
    )
    try:
        settings.load()
    except OSError as error:
        reason, remedy = "the certificate or its key cannot be loaded", "Give PEM files that belong together."
        raise ServeConfigError(config.tls_certificate or Path("tls"), reason, remedy) from error
    return uvicorn.Server(settings)
