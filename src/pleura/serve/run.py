"""Runs a service until it is told to end."""

import signal
import socket
from collections.abc import Callable
from types import FrameType

from pleura.serve.config import ServeConfig
from pleura.serve.service import running_service
from pleura.serve.silence import silence_libraries
from pleura.serve.web.server import listening, server_of


def run_service(config: ServeConfig, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; the films at work are ended first, those that wait are there at the next start.

    Args:
        config: all settings.
        announce: is told the address, once requests are taken.

    Raises:
        ServeConfigError: the data folder, the database, the address or a certificate cannot be used.
        ModelFileError: no valid model or blend.
    """
    silence_libraries()
    with listening(config) as listener, running_service(config) as service:
        # uvicorn ends on these signals and then sends them again: that must not cut the end of the workers short.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _ended)
        announce(_address(config, listener))
        server_of(service).run(sockets=[listener])


def _address(config: ServeConfig, listener: socket.socket) -> str:
    scheme = "http" if config.tls_certificate is None else "https"
    host = f"[{config.host}]" if ":" in config.host else config.host
    shown = f"{scheme}://{host}:{listener.getsockname()[1]}"
    return shown if not config.is_open else f"{shown} (this machine only, no token needed)"


def _ended(number: int, frame: FrameType | None) -> None:
    """Nothing is left to be done: uvicorn has ended by the time this is called."""
