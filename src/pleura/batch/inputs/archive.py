"""The films of the studies that a query to a PACS finds."""

import atexit
import functools
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pleura.batch.errors import StoreError
from pleura.batch.inputs.ascending import ascending
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import Item
from pleura.core.errors import Refusal, UnreadableImage
from pleura.output.dicom.uids import names_an_object
from pleura.pacs.archive import ObjectKey, StudyQuery
from pleura.pacs.config import read_config
from pleura.pacs.errors import Answered, PacsError
from pleura.pacs.link import Link, open_link


@dataclass(frozen=True)
class ArchiveSource:
    """Films in a PACS by DICOMweb; a film's identity is the UIDs of its study, series and its own, with `/` between.

    Attributes:
        config: the config file of `pleura pacs` (docs/pacs.md).
        query: which studies.
    """

    config: Path
    query: StudyQuery

    def items(self) -> Iterator[Item]:
        """See `Source.items`.

        Raises:
            BatchInputError: the query finds no film, or the config reads by DIMSE.
            PacsError: the PACS cannot be reached, or does not do what it is asked for.
        """
        return ascending(self._items(), str(self.config))

    def fetch(self, item: Item) -> bytes:
        """See `Source.fetch`.

        Raises:
            UnreadableImage: `unreadable`, the PACS does not give it; or it cannot be parsed.
            StoreError: the PACS does not answer, or answers with failures to all that it is asked.
        """
        study, series, uid, kind = item.place.split("/")
        if not names_an_object(uid):
            reason, remedy = "its SOPInstanceUID is no UID", "Correct it in the PACS."
            raise UnreadableImage(item.identity, Refusal.MALFORMED, reason, remedy)
        archive = _link(self.config).source
        try:
            try:
                return archive.fetch(ObjectKey(study, series, uid, kind))
            except Answered:
                # A PACS whose disk or database fails must not cost all the films that follow.
                archive.check()
        except PacsError as error:
            raise StoreError(str(self.config), error.message, error.remedy) from None
        reason, remedy = "the PACS does not give it", "Look into the log of the PACS."
        raise UnreadableImage(item.identity, Refusal.UNREADABLE, reason, remedy)

    def _items(self) -> Iterator[Item]:
        link = _link(self.config)
        for study in link.source.studies(self.query):
            for key in link.source.films(study, link.config.films):
                identity = f"{key.study}/{key.series}/{key.uid}"
                yield Item(identity, f"{identity}/{key.kind}", None, None)


@functools.cache
def _link(config: Path) -> Link:
    """The connection of this process, which ends with it.

    Raises:
        BatchInputError: the config reads by DIMSE.
        PacsError: it makes no sense, or a credential is missing.
    """
    settings = read_config(config)
    if settings.read != "dicomweb":
        # C-MOVE delivers to one port of ours, and many processes ask.
        raise BatchInputError(str(config), f"reads by {settings.read}", 'Set read = "dicomweb" for batches.')
    stack = ExitStack()
    link = stack.enter_context(open_link(settings))
    atexit.register(stack.close)
    return link
