"""What pages and pictures call a film, since its id may name a patient."""

import hashlib


def film_key(identifier: str) -> str:
    """Eight hex digits of the SHA-256 of a film's id; films.csv of an evaluation gives it beside the id."""
    return hashlib.sha256(identifier.encode("utf-8")).hexdigest()[:8]
