"""The films of a folder of this machine, and of all below it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pleura.batch.inputs.ascending import ascending
from pleura.batch.inputs.item import Item
from pleura.batch.inputs.places import check_there, state_of
from pleura.core.errors import Refusal, UnreadableImage
from pleura.image.find import films_below
from pleura.image.read import content_of

_NOWHERE = ""
"""The place of a film that no text can name: it is refused, and costs itself alone."""


@dataclass(frozen=True)
class FolderSource:
    """A folder; a film's identity is its path in it, with `/` between the parts."""

    root: Path

    def items(self) -> Iterator[Item]:
        """See `Source.items`.

        Raises:
            BatchInputError: there is no film.
            InputNotFound: a folder cannot be listed.
        """
        return ascending(self._items(), str(self.root))

    def fetch(self, item: Item) -> bytes:
        """See `Source.fetch`; no path of this machine gets into what is said of a film.

        Raises:
            UnreadableImage: this film is gone, not for us, too large, or its name is no UTF-8.
            StoreError: the folder is gone, with all its films.
        """
        if item.place == _NOWHERE:
            raise UnreadableImage(item.identity, Refusal.UNREADABLE, "its name is no UTF-8", "Rename that file.")
        try:
            return content_of(self.root / os.fsdecode(item.place.encode("utf-8")))
        except UnreadableImage:
            check_there(self.root)
            raise

    def _items(self) -> Iterator[Item]:
        for path in films_below(self.root):
            # From the bytes: what Python makes of them depends on the locale, in which jobs of an array may differ.
            name = os.fsencode(path.relative_to(self.root).as_posix())
            try:
                identity = place = name.decode("utf-8")
            except UnicodeDecodeError:
                identity, place = name.decode("utf-8", "backslashreplace"), _NOWHERE
            yield Item(identity, place, *state_of(path))
