"""What a batch asks of its input, whatever that is."""

from collections.abc import Iterator
from typing import Protocol

from pleura.batch.inputs.item import Item


class Source(Protocol):
    """Films of one input.

    It can be pickled, opens connections where and when they are needed, and threads may share it.
    """

    def items(self) -> Iterator[Item]:
        """Every film once, ascending by identity (as code points or as bytes of UTF-8, which is the same).

        Memory does not grow with their number.

        Raises:
            BatchInputError: there is no film, one is named twice, or the input cannot be listed.
            InputNotFound: a folder cannot be listed.
            StoreError: the object store that it lies in does not answer, after several requests.
            PacsError: nor does the PACS.
        """

    def fetch(self, item: Item) -> bytes:
        """The content of a film's file.

        Raises:
            UnreadableImage: this film is gone, not for us, too large or damaged; others may be read.
            StoreError: the store or PACS does not answer, after several requests, or no longer lets us in.
        """
