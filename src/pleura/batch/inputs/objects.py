"""The films below a prefix of an object store."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pleura.batch.inputs.ascending import ascending
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import Item
from pleura.batch.inputs.places import Places
from pleura.batch.store import filesystem
from pleura.image.find import named_like_a_film

_MARKS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "created")
"""What drivers call that which changes with the content, the surest first."""


@dataclass(frozen=True)
class ObjectSource:
    """The objects below a prefix; a film's identity is its key behind the prefix.

    All that is named like a film is taken, also without a suffix: the content of an object that is none is refused
    when it is read. One folder at a time is listed, so that memory grows with the largest folder alone.

    Attributes:
        places: its base is the URL of the prefix.
    """

    places: Places

    def items(self) -> Iterator[Item]:
        """See `Source.items`.

        Raises:
            BatchInputError: there is no film, or a key holds `//`.
            StoreError: the store does not answer, does not let us in, or its driver is not installed.
        """
        return ascending(self._items(), self.places.base)

    def fetch(self, item: Item) -> bytes:
        """See `Source.fetch` and `Places.fetch`."""
        return self.places.fetch(item)

    def _items(self) -> Iterator[Item]:
        _, top = filesystem(self.places.base)
        top = top.rstrip("/")
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            for entry in self._listed(folder, top):
                key = str(entry["name"])
                name = PurePosixPath(key).name
                if name.startswith(".") or not key.startswith(f"{top}/"):
                    continue
                below = key.rstrip("/")
                if entry["type"] == "directory":
                    if below == folder:
                        reason = "holds keys with two slashes side by side, which cannot be listed"
                        raise BatchInputError(self.places.base, reason, "Rename them, or give a table of the films.")
                    waiting.append(below)
                # What ends in a slash is the mark of a folder that a console made.
                elif entry["type"] == "file" and key == below and named_like_a_film(name):
                    identity = key[len(top) + 1 :]
                    yield Item(identity, identity, entry.get("size"), _mark(entry))

    def _listed(self, folder: str, top: str) -> list[dict[str, Any]]:
        store, _ = filesystem(self.places.base)
        try:
            found: list[dict[str, Any]] = self.places.ask(
                self.places.base, lambda: store.ls(folder, detail=True, refresh=True)
            )
        except FileNotFoundError:
            if folder != top:
                return []  # Its last object went while we listed.
            raise BatchInputError(self.places.base, "there is no such prefix", "Check the URL.") from None
        return found


def _mark(entry: dict[str, Any]) -> str | None:
    value = next((entry[name] for name in _MARKS if entry.get(name) is not None), None)
    return None if value is None else str(value).strip('"')
