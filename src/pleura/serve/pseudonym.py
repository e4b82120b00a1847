"""Names that tell patients and studies apart and lead back to none."""

import hashlib
import hmac

_DIGITS = 24


def pseudonym(salt: bytes, kind: str, *parts: str) -> str | None:
    """A keyed hash (HMAC-SHA-256, RFC 2104) of an identity; None where every part is empty.

    Without the salt, which never leaves the data folder, nobody can try identities out.

    Args:
        salt: of this service.
        kind: what is named; a study and a patient of one number have two names.
        parts: what makes up the identity.
    """
    if not any(parts):
        return None
    text = "\x1f".join((kind, *parts))
    return hmac.new(salt, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:_DIGITS]
