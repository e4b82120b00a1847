"""Unique identifiers from content: what says the same bears the same UID, on every run and machine."""

import hashlib
import re
import uuid

_VALID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+)+")
_MOST_LETTERS = 64


def derived_uid(*parts: str | bytes) -> str:
    """A UID under the root 2.25 (PS3.5 section B.2): the first 128 bits of a SHA-256 of `parts` as a UUID.

    The bits that RFC 9562 keeps for version and variant say "custom" (version 8). The parts are hashed with their
    lengths, so that ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.sha256(b"pleura")
    for part in parts:
        content = part.encode("utf-8") if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    bits = bytearray(digest.digest()[:16])
    bits[6] = 0x80 | bits[6] & 0x0F
    bits[8] = 0x80 | bits[8] & 0x3F
    return f"2.25.{uuid.UUID(bytes=bytes(bits)).int}"


def is_valid_uid(text: str) -> bool:
    """Does a text keep the form of PS3.5 section 9.1: numbers without leading zeros, at most 64 letters?"""
    return len(text) <= _MOST_LETTERS and _VALID.fullmatch(text) is not None


def names_an_object(text: str) -> bool:
    """Can a PACS find an object by this? Numbers and dots, also with the leading zeros of some old modalities.

    Such a UID breaks PS3.5 section 9.1, but it is the film's own: with another a result would stand in no study.
    """
    return len(text) <= _MOST_LETTERS and _NUMBERS.fullmatch(text) is not None
