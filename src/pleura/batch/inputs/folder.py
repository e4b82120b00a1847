"""The films of a folder of this machine, and of all below it."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pleura.batch.errors import StoreError
from pleura.batch.inputs.ascending import ascending
from pleura.batch.inputs.item import Item
from pleura.batch.inputs.places import state_of
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
            return content_of(self.root / item.place)
        except UnreadableImage:
            self._check_there()
            raise

    def _check_there(self) -> None:
        """Tell a film that is gone from a disk or share that is: where it was mounted there is an empty folder."""
        with contextlib.suppress(OSError), os.scandir(self.root) as entries:
            if next(entries, None) is not None:
                return
        reason, remedy = "the folder of the films is gone, or empty", "Mount it, and run the same command again."
        raise StoreError(str(self.root), reason, remedy)

    def _items(self) -> Iterator[Item]:
        for path in films_below(self.root):
            identity = path.relative_to(self.root).as_posix()
            shown = os.fsencode(identity).decode("utf-8", "backslashreplace")
            yield Item(shown, identity if identity == shown else _NOWHERE, *state_of(path))
