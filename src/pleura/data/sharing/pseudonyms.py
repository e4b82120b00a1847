"""What stands in for a patient and for UIDs: the same for the same under one key, and not to be traced without it."""

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Self

from pydicom.uid import UID

from pleura.data.sharing.errors import SharingError

LEAST_KEY_BYTES = 16


class Pseudonyms:
    """Keyed one-way replacements (HMAC-SHA-256, RFC 2104)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def fresh(cls) -> Self:
        """With a key that nobody holds once the run is over."""
        return cls(secrets.token_bytes(32))

    def patient(self, identity: str) -> str:
        """The name that a patient gets."""
        return f"P-{self._digest('patient', identity)[:12].upper()}"

    def uid(self, original: str) -> UID:
        """The UID that stands for an instance, series, study or frame of reference (PS3.5 section B.2)."""
        return UID(f"2.25.{int(self._digest('uid', original)[:32], 16)}")

    def _digest(self, kind: str, text: str) -> str:
        return hmac.new(self._key, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()


def read_key(path: Path) -> bytes:
    """The key that keeps replacements the same from run to run.

    Raises:
        SharingError: it cannot be read, or is too short to keep anything secret.
    """
    try:
        key = path.read_bytes()
    except OSError as error:
        remedy = f"Make one: head -c 32 /dev/urandom > {path.name}"
        raise SharingError(path, error.strerror or "it cannot be read", remedy) from error
    if len(key) < LEAST_KEY_BYTES:
        reason = f"a key of {len(key)} bytes can be guessed"
        raise SharingError(path, reason, f"Give {LEAST_KEY_BYTES} random bytes or more.")
    return key
