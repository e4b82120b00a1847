"""The films of a folder of this machine, and of all below it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pleura.batch.inputs.ascending import ascending
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import Item
from pleura.batch.inputs.places import state_of
from pleura.image.find import films_below
from pleura.image.read import content_of


@dataclass(frozen=True)
class FolderSource:
    """A folder; a film's identity is its path in it, with `/` between the parts."""

    root: Path

    def items(self) -> Iterator[Item]:
        """See `Source.items`.

        Raises:
            BatchInputError: there is no film, or the name of one is no UTF-8.
            InputNotFound: a folder cannot be listed.
        """
        return ascending(self._items(), str(self.root))

    def fetch(self, item: Item) -> bytes:
        """See `Source.fetch`; no path of this machine gets into what is said of a film."""
        return content_of(self.root / item.place)

    def _items(self) -> Iterator[Item]:
        for path in films_below(self.root):
            identity = path.relative_to(self.root).as_posix()
            try:
                identity.encode("utf-8")
            except UnicodeEncodeError as error:
                shown = os.fsencode(identity).decode("utf-8", "backslashreplace")
                raise BatchInputError(str(self.root), f"the name {shown} is no UTF-8", "Rename that file.") from error
            yield Item(identity, identity, *state_of(path))
