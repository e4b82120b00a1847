"""By what callers are known, as the config file says: tokens of our own, and those that an issuer signs (OIDC)."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from pleura.core.address import is_loopback
from pleura.core.strict import Strict

Role = Literal["upload", "read", "admin"]
# Asymmetric ones alone (RFC 7518 section 3.1, RFC 8037): with a shared secret whoever checks a token could make one.
Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
]
_OURS = frozenset({"local", "nobody", "dicom", "retention"})
"""Parts of the service in the audit log and in quotas, which no token may pass for."""
_Words = tuple[Annotated[str, Field(min_length=1)], ...]


def _not_ours(name: str) -> str:
    if name in _OURS:
        raise ValueError("the audit log uses this name for the service itself: give another")
    return name


class Token(Strict):
    """One caller: a name for the audit log, the SHA-256 of the token, and what it may do.

    Attributes:
        name: a system or a role, no patient; it stands in the audit log.
        sha256: hex digits of the token's hash, as `pleura serve token` prints them.
        roles: `upload` sends films, `read` sees and reviews results, `admin` does both, deletes and reads metrics.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"), AfterValidator(_not_ours)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]


class Grants(Strict):
    """Which values of the claim of roles give which role."""

    upload: _Words = ()
    read: _Words = ()
    admin: _Words = ()

    @model_validator(mode="after")
    def _some(self) -> "Grants":
        if not (self.upload or self.read or self.admin):
            raise ValueError("no value of the claim gives any role: fill upload, read or admin")
        return self

    def roles(self, values: frozenset[str]) -> frozenset[Role]:
        """What these values of the claim allow together."""
        granted: dict[Role, _Words] = {"upload": self.upload, "read": self.read, "admin": self.admin}
        return frozenset(role for role, words in granted.items() if values & set(words))


def issuer_address(url: str) -> str:
    """An address that keys may come from: https, or http on this machine.

    Raises:
        ValueError: any other one.
    """
    parts = urlsplit(url)
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return url
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise ValueError("give an https address without credentials, ? and #")
    return url


class Oidc(Strict):
    """An issuer of signed tokens (JWT, RFC 7519) and what its tokens give.

    Attributes:
        issuer: its address, exactly as the claim `iss` has it.
        audience: what the claim `aud` must name: this service, as the issuer knows it.
        jwks: a file of its public keys (RFC 7517); without one they are fetched from the issuer, by OpenID Connect
            Discovery 1.0: the only time that the service itself calls anybody.
        ca_file: certificates (PEM) that vouch for the issuer's; those of the system where none is given.
        algorithms: by which a token may be signed.
        leeway_s: how far the clocks may be apart.
        refetch_s: a key that is not known has the keys fetched again, at most once in so many seconds.
        roles_claim: where the caller's roles stand, as the names of nested claims.
        roles: what they give.
        reader_claim: the name under which this caller's reviews are kept.
    """

    issuer: Annotated[str, AfterValidator(issuer_address)]
    audience: Annotated[str, Field(min_length=1)]
    jwks: Path | None = None
    ca_file: Path | None = None
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "ES256")
    leeway_s: Annotated[float, Field(ge=0, le=300)] = 30.0
    refetch_s: Annotated[float, Field(gt=0, le=3600)] = 10.0
    roles_claim: Annotated[_Words, Field(min_length=1)] = ("roles",)
    roles: Grants
    reader_claim: Annotated[str, Field(min_length=1)] = "name"


def token_hash(token: str) -> str:
    """What the config file holds of a token. Tokens are 256 random bits, so that a plain hash cannot be reversed."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
