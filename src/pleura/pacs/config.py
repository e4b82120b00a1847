"""The config file of a PACS: where it is, how it is read and written, and never a secret."""

import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from pleura.core.address import is_loopback
from pleura.core.config_file import read_config_file
from pleura.core.retry import Retry
from pleura.core.strict import Strict
from pleura.output.order import DicomChoice
from pleura.output.write import DICOM_FORMATS
from pleura.pacs.archive import FILM_CLASSES
from pleura.pacs.errors import PacsConfigError
from pleura.runtime.engine import Precision

Port = Annotated[int, Field(ge=1, le=65535)]
Protocol = Literal["dicomweb", "dimse"]
_Seconds = Annotated[float, Field(gt=0, le=3600)]
_EnvName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
# PS3.5 section 6.2: up to 16 letters of the default repertoire, no backslash.
_Title = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[!-\[\]-~]([ -\[\]-~]*[!-\[\]-~])?$")]


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("give an address such as https://pacs.example/dicom-web")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no credentials in the address: name environment variables in user_env and password_env")
    if parts.query or parts.fragment:
        raise ValueError("no ? and no # in the address")
    return url.rstrip("/")


def _formats(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or set(names) - DICOM_FORMATS or len(set(names)) < len(names):
        raise ValueError(f"choose from {', '.join(sorted(DICOM_FORMATS))}, each once")
    return names


class Tls(Strict):
    """How the two ends know each other.

    Attributes:
        ca_file: certificates (PEM) that vouch for the PACS; those of the system where none is given.
        client_cert, client_key: our own certificate and its key (PEM).
        verify: whether the certificate of the PACS is checked.
    """

    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    verify: bool = True

    @model_validator(mode="after")
    def _whole(self) -> "Tls":
        if (self.client_cert is None) != (self.client_key is None):
            raise ValueError("client_cert and client_key go together")
        return self


class Timeouts(Strict):
    """Seconds until a connection must stand, and until something more of an answer must come."""

    connect_s: _Seconds = 10.0
    answer_s: _Seconds = 60.0


class DicomWeb(Strict):
    """A DICOMweb server (PS3.18); credentials come from the environment variables that are named here.

    With `clear` films may cross the network in clear, by http to another machine; credentials never do.
    """

    url: Annotated[str, AfterValidator(_web_address)]
    user_env: _EnvName | None = None
    password_env: _EnvName | None = None
    token_env: _EnvName | None = None
    clear: bool = False
    tls: Tls = Tls()

    @model_validator(mode="after")
    def _credentials(self) -> "DicomWeb":
        if (self.user_env is None) != (self.password_env is None):
            raise ValueError("user_env and password_env go together")
        if self.token_env and self.user_env:
            raise ValueError("give either token_env or user_env and password_env")
        if self.url.startswith("http://") and not is_loopback(urlsplit(self.url).hostname or ""):
            if self.token_env or self.user_env:
                raise ValueError("credentials would cross the network in clear: use https")
            if not self.clear:
                raise ValueError("films would cross the network in clear: use https, or say clear = true")
        return self


class Dimse(Strict):
    """A DICOM application entity (PS3.7, PS3.8) and, to be sent films, our own port.

    Attributes:
        host, port, called: of the PACS, with its AE title.
        calling: our own AE title, which the PACS must know.
        listen_port: of ours, where C-MOVE delivers films; the PACS must know it too.
        listen_host: the address of ours that listens there.
        tls: None for a connection in clear.
        clear: whether it may be in clear to another machine than this one.
    """

    host: Annotated[str, Field(min_length=1)]
    port: Port
    called: _Title
    calling: _Title = "PLEURA"
    listen_port: Port | None = None
    listen_host: str = "127.0.0.1"
    clear: bool = False
    tls: Tls | None = None

    @model_validator(mode="after")
    def _secret(self) -> "Dimse":
        if self.tls is None and not self.clear and not is_loopback(self.host):
            raise ValueError("films would cross the network in clear: add [dimse.tls], or say clear = true")
        return self


class Result(Strict):
    """What is read and written: the model (the shipped one where none is named), formats and their choices.

    Without `gate` also what does not look like a frontal chest film is read. UIDs follow from what was found, so that
    `precision` is fixed: `auto` is quicker on some processors, whose results have other UIDs than those of the rest.
    """

    model: Path | None = None
    gate: bool = True
    precision: Precision = "float32"
    formats: Annotated[tuple[str, ...], AfterValidator(_formats)] = ("seg", "sr")
    summary: bool = True
    viewer_geometry: bool = False
    empty_seg: bool = False

    @property
    def choice(self) -> DicomChoice:
        """The same, for the writers."""
        return DicomChoice(self.viewer_geometry, self.empty_seg)


class PacsConfig(Strict):
    """A whole config file."""

    format: Literal["pleura.pacs/1"]
    read: Protocol
    write: Protocol
    films: Annotated[tuple[Literal["CR", "DX", "SC"], ...], Field(min_length=1)] = ("CR", "DX")
    dicomweb: DicomWeb | None = None
    dimse: Dimse | None = None
    result: Result = Result()
    retry: Retry = Retry()
    timeouts: Timeouts = Timeouts()

    @model_validator(mode="after")
    def _described(self) -> "PacsConfig":
        for name in dict.fromkeys((self.read, self.write)):
            if getattr(self, name) is None:
                raise ValueError(f"read or write says {name}, and there is no table [{name}]")
        if self.read == "dimse" and self.dimse is not None:
            if self.dimse.listen_port is None:
                raise ValueError("read by dimse needs dimse.listen_port, where C-MOVE delivers films")
            if self.dimse.tls is not None and self.dimse.tls.client_cert is None:
                raise ValueError("read by dimse under TLS needs dimse.tls.client_cert, which our own port shows")
        return self


def read_config(path: Path) -> PacsConfig:
    """Read a config file; paths in it are relative to its folder.

    Raises:
        PacsConfigError: unreadable, no TOML, or a key or value that makes no sense.
    """
    config = read_config_file(PacsConfig, path, PacsConfigError, "See docs/pacs.md.")
    return _settled(config, path.resolve().parent)


def secret(variable: str) -> str:
    """The value of an environment variable that a config file names.

    Raises:
        PacsConfigError: it is not set, or empty.
    """
    value = os.environ.get(variable, "")
    if not value:
        raise PacsConfigError(f"${variable}", "the environment variable is not set", "Set it to the credential.")
    return value


def class_uids(films: tuple[str, ...]) -> tuple[str, ...]:
    """UIDs of the kinds of film that a config names."""
    return tuple(FILM_CLASSES[name] for name in films)


def _settled(config: PacsConfig, folder: Path) -> PacsConfig:
    def tls(one: Tls) -> Tls:
        paths = {name: folder / path for name in _TLS_FILES if (path := getattr(one, name)) is not None}
        for name, path in paths.items():
            if not path.is_file():
                raise PacsConfigError(path, f"{name} is no file", "Check the path.")
        return one.model_copy(update=paths)

    web, dimse, result = config.dicomweb, config.dimse, config.result
    return config.model_copy(
        update={
            "dicomweb": web and web.model_copy(update={"tls": tls(web.tls)}),
            "dimse": dimse and dimse.model_copy(update={"tls": dimse.tls and tls(dimse.tls)}),
            "result": result.model_copy(update={"model": result.model and folder / result.model}),
        }
    )


_TLS_FILES = ("ca_file", "client_cert", "client_key")
