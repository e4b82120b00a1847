"""Tokens that an issuer signs (JWT, RFC 7519, checked as RFC 8725 says): who sends one, and what it may do."""

from typing import Any

import jwt
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAudienceError,
    InvalidIssuerError,
    MissingRequiredClaimError,
    PyJWTError,
)

from pleura.serve.credentials import Oidc
from pleura.serve.pseudonym import pseudonym
from pleura.serve.state.reviews import is_name
from pleura.serve.web.context import Caller, stranger
from pleura.serve.web.issuer import IssuerKeys

# RFC 8725 section 3.11: a token made for something else, as a logout, is none of ours.
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_WORDS = {
    ExpiredSignatureError: "it has expired",
    ImmatureSignatureError: "it is not valid yet",
    InvalidAudienceError: "it is for another audience",
    InvalidIssuerError: "it comes from another issuer",
    MissingRequiredClaimError: "a claim is missing",
}
_REQUIRED = ("exp", "iss", "aud", "sub")


class SignedTokens:
    """What one issuer's tokens say; callers get a pseudonym, since a subject is often a person's name.

    Args:
        oidc: the issuer and what its tokens give.
        salt: makes the pseudonyms.
    """

    def __init__(self, oidc: Oidc, salt: bytes) -> None:
        self._oidc, self._salt, self._keys = oidc, salt, IssuerKeys(oidc)

    async def caller(self, token: str) -> Caller:
        """Who sends a token; a stranger, with the reason, where it is not valid.

        Raises:
            ServeError: 503, the issuer's keys cannot be had.
        """
        try:
            header = jwt.get_unverified_header(token)
        except PyJWTError:
            return stranger("it is damaged")
        algorithm = header.get("alg")
        if algorithm not in self._oidc.algorithms:
            return stranger("it is not signed by an algorithm that is allowed")
        if str(header.get("typ", "JWT")).lower() not in _TYPES:
            return stranger("it was made for something else")
        name = header.get("kid")
        key = await self._keys.key(name if isinstance(name, str) else None, algorithm)
        if key is None:
            return stranger("it is signed by no key of the issuer")
        try:
            claims = jwt.decode(
                token,
                key,
                [algorithm],
                {"require": list(_REQUIRED), "enforce_minimum_key_length": True},
                audience=self._oidc.audience,
                issuer=self._oidc.issuer,
                leeway=self._oidc.leeway_s,
            )
        except PyJWTError as error:
            return stranger(_WORDS.get(type(error), "its signature or a claim of it is wrong"))
        return self._known(claims)

    def _known(self, claims: dict[str, Any]) -> Caller:
        subject = pseudonym(self._salt, "subject", self._oidc.issuer, str(claims["sub"]))
        roles = self._oidc.roles.roles(_words(claims, self._oidc.roles_claim))
        reader = claims.get(self._oidc.reader_claim)
        named = reader if isinstance(reader, str) and is_name(reader) else ""
        return Caller(f"oidc:{subject}", roles, reader=named)


def _words(claims: dict[str, Any], path: tuple[str, ...]) -> frozenset[str]:
    """The values at the end of a path of nested claims: a list of words, or words with spaces between them."""
    place: Any = claims
    for name in path:
        place = place.get(name) if isinstance(place, dict) else None
    words = place.split() if isinstance(place, str) else place if isinstance(place, list) else []
    return frozenset(word for word in words if isinstance(word, str))
