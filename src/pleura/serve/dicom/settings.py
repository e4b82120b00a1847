"""The part of the config file that says who may send films by C-STORE."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from pleura.core.address import is_loopback
from pleura.core.strict import Strict

_SHA256_DIGITS = 64


def _hex_digits(fingerprint: str) -> str:
    digits = fingerprint.replace(":", "").lower()
    if len(digits) != _SHA256_DIGITS or set(digits) - set("0123456789abcdef"):
        raise ValueError("a fingerprint is 64 hex digits, with or without colons")
    return digits


_Fingerprint = Annotated[str, AfterValidator(_hex_digits)]


class ListenerTls(Strict):
    """TLS of that port (PS3.15 annex B): both sides show a certificate.

    Attributes:
        certificate, key: of ours (PEM).
        ca_file: certificates (PEM) that vouch for the senders.
        fingerprints: the SHA-256 of the certificate by which an AE title is known, as `openssl x509 -fingerprint
            -sha256` prints it; a title without one may be used by any sender that `ca_file` vouches for.
    """

    certificate: Path
    key: Path
    ca_file: Path
    fingerprints: dict[str, _Fingerprint] = Field(default_factory=dict)


class Listener(Strict):
    """Our own port for C-STORE (PS3.4 B), by which films come in.

    Attributes:
        port, host: where it listens.
        title: our AE title; who calls another one is turned away.
        peers: AE titles that may send; empty for any, on loopback only.
        tls: None for a port in clear.
        clear: whether it may be in clear off loopback.
    """

    port: Annotated[int, Field(ge=1, le=65535)]
    host: str = "127.0.0.1"
    title: Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[!-\[\]-~]+$")] = "PLEURA"
    peers: tuple[str, ...] = ()
    tls: ListenerTls | None = None
    clear: bool = False

    @model_validator(mode="after")
    def _closed(self) -> "Listener":
        if not self.peers and not is_loopback(self.host):
            raise ValueError("a listener off loopback needs peers: the AE titles that may send")
        if self.tls is None and not self.clear and not is_loopback(self.host):
            raise ValueError("films would cross the network in clear: add [listener.tls], or say clear = true")
        if self.tls is not None and self.peers and (strange := set(self.tls.fingerprints) - set(self.peers)):
            raise ValueError(f"fingerprints of titles that are no peers: {', '.join(sorted(strange))}")
        return self
