"""Who asks: by a token of ours, by one that an issuer signed, or anybody on this machine where none is needed."""

import hmac
from collections.abc import Iterable

from pleura.serve.config import ServeConfig
from pleura.serve.credentials import Token, token_hash
from pleura.serve.errors import ServeError
from pleura.serve.web.context import LOCAL, NOBODY, Caller, stranger

_DOTS_OF_A_JWT = 2


class Identity:
    """Tells callers apart.

    Args:
        config: names the tokens and the issuer.
        salt: makes the pseudonyms of an issuer's subjects.
    """

    def __init__(self, config: ServeConfig, salt: bytes) -> None:
        self._open, self._tokens = config.is_open, config.tokens
        self._signed = None
        if config.oidc is not None:
            # Imported where it is needed: cryptography takes its time, and most services have tokens of their own.
            from pleura.serve.web.signed import SignedTokens

            self._signed = SignedTokens(config.oidc, salt)

    async def caller(self, authorization: str) -> Caller:
        """Who sends this header: nobody where it holds no token, a stranger where the token is wrong."""
        if self._open:
            return LOCAL
        scheme, _, rest = authorization.partition(" ")
        token = rest.strip()
        if scheme.lower() != "bearer" or not token:
            return NOBODY
        known = _matching(self._tokens, token_hash(token))
        if known is not None:
            return Caller(known.name, frozenset(known.roles))
        if self._signed is None or token.count(".") != _DOTS_OF_A_JWT:
            return stranger("nobody has it")
        try:
            return await self._signed.caller(token)
        except ServeError as error:
            # Told where a token is needed, and not to who asks for the page or its health.
            return Caller("", frozenset(), problem=error)


def _matching(tokens: Iterable[Token], digest: str) -> Token | None:
    """The token of a hash; all are compared, so that the time tells nothing."""
    matches = [token for token in tokens if hmac.compare_digest(token.sha256, digest)]
    return matches[0] if matches else None
