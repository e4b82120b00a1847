"""The nearest of the names that are allowed, for errors."""

import difflib
from collections.abc import Iterable


def suggest(name: str, allowed: Iterable[str]) -> str:
    """A remedy that guesses what was meant and lists everything that is allowed."""
    names = sorted(allowed)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"{hint}Allowed: {', '.join(names)}."
