"""The HTTP server: its port, its certificate, and how long it waits for whom."""

import socket
from pathlib import Path

import uvicorn

from pleura.serve.config import ServeConfig
from pleura.serve.errors import ServeConfigError
from pleura.serve.service import Service
from pleura.serve.web.app import build_app
from pleura.serve.web.feed import Feed
from pleura.serve.web.protocol import patient_protocol

_LEAVE_S = 5
_KEEP_ALIVE_S = 10
_BACKLOG = 2048


class _Server(uvicorn.Server):
    """Lets go of those who follow events as soon as it is to end: they would hold it up as long as it may take."""

    def __init__(self, settings: uvicorn.Config, feed: Feed) -> None:
        super().__init__(settings)
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the answers that go on and on, and then all others."""
        self._feed.close()
        await super().shutdown(sockets)


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
    app = build_app(service)
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=patient_protocol(config.limits),
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
    return _Server(settings, app.state.feed)
