"""The config file of the service: every key has a default, and no key is a secret in clear."""

import math
import os
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError, model_validator

from pleura.core.address import is_loopback
from pleura.core.config_file import keys_at_fault, read_config_file
from pleura.core.processor import cores
from pleura.core.strict import Strict
from pleura.predict.loading import shipped_by_name
from pleura.serve.credentials import Oidc, Token
from pleura.serve.dicom.settings import Listener
from pleura.serve.errors import ServeConfigError

_Seconds = Annotated[float, Field(gt=0, le=86400)]
_MIB = 1 << 20
_WORKERS_A_CORE, _LEAST_THREADS = 0.75, 2


class Limits(Strict):
    """What is taken in.

    Attributes:
        queue: films that may wait or run; above it 429.
        film_mib, upload_mib: the size of one film and of one request, whatever it holds; above it 413.
        unpacked_mib: what a ZIP may hold unpacked.
        files: files in one request.
        head_s: how long the head of a request may take.
        idle_s: how long a request may send nothing, and its sender take nothing of the answer.
        slowest_kib_s: how fast a body must come on the whole, after `idle_s`.
        connections: open at a time.
        requests_a_minute: of one caller; 0 for any number.
        caller_films: of one caller that may wait or run; 0 for any number.
        caller_mib: what the films of one caller may take on disk until they are deleted; 0 for any size.
        free_mib: the least space left on disk with which films are taken in.
    """

    queue: Annotated[int, Field(ge=1)] = 1000
    film_mib: Annotated[int, Field(ge=1, le=512)] = 128
    upload_mib: Annotated[int, Field(ge=1)] = 2048
    unpacked_mib: Annotated[int, Field(ge=1)] = 8192
    files: Annotated[int, Field(ge=1, le=10_000)] = 1000
    head_s: _Seconds = 15.0
    idle_s: _Seconds = 30.0
    slowest_kib_s: Annotated[int, Field(ge=1)] = 32
    connections: Annotated[int, Field(ge=1)] = 500
    requests_a_minute: Annotated[int, Field(ge=0)] = 6000
    caller_films: Annotated[int, Field(ge=0)] = 0
    caller_mib: Annotated[int, Field(ge=0)] = 0
    free_mib: Annotated[int, Field(ge=0)] = 256

    @property
    def film_bytes(self) -> int:
        """The most bytes of one film."""
        return self.film_mib * _MIB

    @property
    def upload_bytes(self) -> int:
        """The most bytes of one request."""
        return self.upload_mib * _MIB

    @property
    def slowest_bytes_s(self) -> int:
        """The slowest rate of a body, in bytes a second."""
        return self.slowest_kib_s << 10

    @property
    def unpacked_bytes(self) -> int:
        """The most bytes of a ZIP, unpacked."""
        return self.unpacked_mib * _MIB


class Workers(Strict):
    """The processes that read films.

    Attributes:
        count: how many; None for three of four cores, rounded up. A film takes two threads for half of its time and
            one for the rest, so that each worker keeps about 1.4 cores busy.
        threads: CPU threads of each; None for its share of the cores, two at least.
        deadline_s: a film that takes longer has failed, and its worker is ended.
        lease_s: how long a film belongs to a worker of which nothing is heard.
        grace_s: how long the films at work may take when the service ends; then they wait for the next start.
    """

    count: Annotated[int, Field(ge=1, le=64)] | None = None
    threads: Annotated[int, Field(ge=1, le=256)] | None = None
    deadline_s: _Seconds = 60.0
    lease_s: _Seconds = 30.0
    grace_s: _Seconds = 20.0

    @property
    def processes(self) -> int:
        """How many workers there are."""
        return self.count or math.ceil(cores() * _WORKERS_A_CORE)

    @property
    def threads_each(self) -> int:
        """CPU threads of each worker."""
        return self.threads or max(min(_LEAST_THREADS, cores()), cores() // self.processes)


class Retention(Strict):
    """How long things are kept, in hours after a job ended; None for ever.

    Attributes:
        films_h: the films themselves.
        results_h: jobs that ended, with all their files and reviews.
    """

    films_h: Annotated[float, Field(gt=0)] | None = None
    results_h: Annotated[float, Field(gt=0)] | None = None


class Scan(Strict):
    """A scanner for malware that every film must pass before it is taken in.

    Attributes:
        command: the program and its arguments; the path of the file comes behind them.
        clean, unsafe: its exit codes for a file that is clean, and for one that is not; with any other nothing is
            taken in. The defaults are those of ClamAV.
        timeout_s: how long it may take for one file.
    """

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    clean: tuple[int, ...] = (0,)
    unsafe: tuple[int, ...] = (1,)
    timeout_s: _Seconds = 60.0


class ServeConfig(Strict):
    """A whole config file; without any, the service runs on loopback alone, with SQLite and the shipped model.

    Attributes:
        data: the folder that takes films, results and the SQLite file.
        database_env: the environment variable that holds the address of a PostgreSQL database.
        push: the config file of a PACS (docs/pacs.md) that is sent SEG and SR of every film.
        tls_certificate, tls_key: files (PEM) of the service's certificate.
        proxied: whether a proxy in front does TLS; callers are then told by X-Forwarded-For.
    """

    format: Literal["pleura.serve/1"] = "pleura.serve/1"
    data: Path = Path("pleura-data")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    database_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    model: Path | None = None
    gate: bool = True
    tokens: tuple[Token, ...] = ()
    oidc: Oidc | None = None
    limits: Limits = Limits()
    workers: Workers = Workers()
    retention: Retention = Retention()
    scan: Scan | None = None
    listener: Listener | None = None
    push: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    proxied: bool = False

    @model_validator(mode="after")
    def _safe(self) -> "ServeConfig":
        if not is_loopback(self.host):
            if self.is_open:
                raise ValueError("host: off loopback every caller needs a token: fill [[tokens]] or [oidc]")
            if self.tls_certificate is None and not self.proxied:
                raise ValueError(
                    "host: off loopback tokens would cross the network in clear: give tls_certificate "
                    "and tls_key, or proxied = true where a proxy in front does TLS"
                )
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        if len({token.name for token in self.tokens}) < len(self.tokens):
            raise ValueError("tokens: two have the same name")
        return self

    @property
    def is_open(self) -> bool:
        """May anybody on this machine do everything, without a token?"""
        return not self.tokens and self.oidc is None


def read_serve_config(path: Path) -> ServeConfig:
    """Read a config file; paths in it are relative to its folder, and a model may be the name of one that ships.

    Raises:
        ServeConfigError: unreadable, no TOML, or a key or value that makes no sense.
    """
    config = read_config_file(ServeConfig, path, ServeConfigError, "Correct the keys; see docs/serve.md.")
    located = _located(config, path.resolve().parent)
    if located.model is not None and not located.model.is_file():
        located = located.model_copy(update={"model": shipped_by_name(str(config.model)) or located.model})
    return located


def changed(config: ServeConfig, changes: dict[str, object]) -> ServeConfig:
    """The same with some keys changed, checked as a whole again.

    Raises:
        ServeConfigError: the whole makes no sense.
    """
    try:
        return ServeConfig.model_validate({**config.model_dump(), **changes})
    except ValidationError as error:
        raise ServeConfigError("command line", keys_at_fault(error), "See docs/serve.md.") from None


Settings = TypeVar("Settings", bound=Strict)


def _located(settings: Settings, folder: Path) -> Settings:
    """The same with every path in it, at any depth, taken from a folder; absolute ones stay as they are."""
    moved: dict[str, object] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path):
            moved[name] = folder / value
        elif isinstance(value, Strict):
            moved[name] = _located(value, folder)
    return settings.model_copy(update=moved)


def database_url(config: ServeConfig) -> str | None:
    """The address of the database that the environment names, or None for SQLite in the data folder.

    Raises:
        ServeConfigError: the variable is not set.
    """
    if config.database_env is None:
        return None
    url = os.environ.get(config.database_env, "")
    if not url:
        remedy = "Set it to postgresql://USER:PASSWORD@HOST/NAME."
        raise ServeConfigError(f"${config.database_env}", "the environment variable is not set", remedy)
    return url
