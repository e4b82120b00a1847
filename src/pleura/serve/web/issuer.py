"""The public keys of an issuer of signed tokens (JWK Set, RFC 7517 section 5), from a file or from the issuer."""

import asyncio
import json
import logging
import ssl
import time
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from starlette.concurrency import run_in_threadpool

from pleura.serve.credentials import Oidc, issuer_address
from pleura.serve.errors import ServeError

_DISCOVERY = "/.well-known/openid-configuration"
_FRESH_S, _STALE_S = 600.0, 86400.0
"""Keys older than the first are fetched again; while that fails, the old ones hold until the second."""
_CONNECT_S, _WHOLE_S = 5.0, 10.0
_MOST_BYTES = 1 << 20
_LOG = logging.getLogger("pleura.serve")


class KeysUnusable(Exception):
    """The keys cannot be had, or are none; says why, in words that quote nothing that was sent."""


class IssuerKeys:
    """The keys of one issuer, fetched when they are needed; used from one event loop."""

    def __init__(self, oidc: Oidc) -> None:
        self._oidc = oidc
        self._keys: Sequence[dict[str, Any]] = ()
        self._made: dict[tuple[str | None, str], PyJWK] = {}
        self._loaded = self._tried = -float("inf")
        self._lock = asyncio.Lock()

    async def key(self, name: str | None, algorithm: str) -> PyJWK | None:
        """The key of a name (`kid`) for an algorithm; None where the issuer has none.

        Without a name it is the only key there is, where there is but one.

        Raises:
            ServeError: 503, no keys of the issuer are there, and none can be had.
        """
        if self._named(name) is None or time.monotonic() - self._loaded > _FRESH_S:
            await self._refresh(wait=self._named(name) is None)
        if time.monotonic() - self._loaded > _STALE_S:
            reason = "the keys by which tokens are checked cannot be had at the moment"
            raise ServeError(HTTPStatus.SERVICE_UNAVAILABLE, "issuer", reason, "Try again in a moment.")
        found = self._named(name)
        return None if found is None else self._usable(found, algorithm)

    def _named(self, name: str | None) -> dict[str, Any] | None:
        if name is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.get("kid") == name), None)

    def _usable(self, key: dict[str, Any], algorithm: str) -> PyJWK | None:
        if key.get("alg", algorithm) != algorithm or key.get("use", "sig") != "sig":
            return None
        place = (key.get("kid"), algorithm)
        if place not in self._made:
            try:
                self._made[place] = PyJWK(key, algorithm)
            except PyJWTError:
                return None
        return self._made[place]

    async def _refresh(self, wait: bool) -> None:
        """Fetch the keys, one caller at a time; who does not need them for an answer does not wait for another."""
        if self._lock.locked() and not wait:
            return
        async with self._lock:
            # Anybody can make up a name of a key: that must not become a flood of requests to the issuer.
            if time.monotonic() - self._tried < self._oidc.refetch_s:
                return
            self._tried = time.monotonic()
            try:
                self._keys, self._made = await run_in_threadpool(_load, self._oidc), {}
                self._loaded = time.monotonic()
            except KeysUnusable as error:
                _LOG.warning("the issuer's keys: %s", error)


def _load(oidc: Oidc) -> list[dict[str, Any]]:
    if oidc.jwks is not None:
        return _key_set(_read(oidc.jwks))
    trust = ssl.create_default_context(cafile=oidc.ca_file)
    with httpx.Client(timeout=_CONNECT_S, verify=trust, trust_env=False, follow_redirects=False) as client:
        told = _fetch(client, oidc.issuer.rstrip("/") + _DISCOVERY)
        # Discovery section 4.3: else an issuer could speak for another.
        if not isinstance(told, dict) or told.get("issuer") != oidc.issuer:
            raise KeysUnusable("its description names another issuer")
        try:
            place = issuer_address(str(told.get("jwks_uri", "")))
        except ValueError:
            raise KeysUnusable("its description names no https address of its keys") from None
        return _key_set(_fetch(client, place))


def _read(path: Path) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise KeysUnusable(f"the file cannot be read ({type(error).__name__})") from error


def _fetch(client: httpx.Client, address: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    content, end = b"", time.monotonic() + _WHOLE_S
    try:
        with client.stream("GET", address, headers={"Accept": "application/json"}) as answer:
            if answer.status_code != HTTPStatus.OK:
                raise KeysUnusable(f"it answers with status {answer.status_code}")
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > _MOST_BYTES or time.monotonic() > end:
                    raise KeysUnusable("its answer is too long or too slow")
        return json.loads(content)
    except (httpx.HTTPError, ValueError, RecursionError) as error:
        raise KeysUnusable(f"it does not answer ({type(error).__name__})") from error


def _key_set(document: object) -> list[dict[str, Any]]:
    keys = document.get("keys") if isinstance(document, dict) else None
    # A secret shared with the issuer (`oct`) has no place in a public set.
    found = [key for key in keys or () if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP")]
    if not found:
        raise KeysUnusable("there is no public key in them")
    return found
