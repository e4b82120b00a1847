"""Films that a text file names, one path or URL a line."""

from collections.abc import Iterator
from dataclasses import dataclass

from pleura.batch.inputs.ascending import ascending
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import Item
from pleura.batch.inputs.places import Places, checked, opened

_LONGEST_LINE = 1 << 15


@dataclass(frozen=True)
class ListSource:
    """A list of films; a film's identity is its line. Paths that are relative start from the folder of the list.

    Attributes:
        named: the path or URL of the list.
        places: where its lines lead to.
    """

    named: str
    places: Places

    def items(self) -> Iterator[Item]:
        """See `Source.items`.

        Raises:
            BatchInputError: no UTF-8, a line with a credential, a film that is named twice, or none at all.
            StoreError: the list lies in a store that does not answer.
        """
        return ascending(self._items(), self.named)

    def fetch(self, item: Item) -> bytes:
        """See `Source.fetch` and `Places.fetch`."""
        return self.places.fetch(item)

    def _items(self) -> Iterator[Item]:
        with opened(self.named) as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n")
                except UnicodeDecodeError as error:
                    remedy = "Write one path or URL a line in UTF-8."
                    raise BatchInputError(self.named, f"line {number} is no UTF-8", remedy) from error
                if "\0" in text or len(line) == _LONGEST_LINE:
                    raise BatchInputError(self.named, f"line {number} is no path", "Write one path or URL a line.")
                if text:
                    place = checked(text, self.named, f"line {number}")
                    yield Item(text, place, *self.places.state(place))
