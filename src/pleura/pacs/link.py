"""The two ends of a PACS, opened as a config file says: where films come from, and where results go."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from pleura.core.quiet import muted
from pleura.pacs.archive import Archive
from pleura.pacs.config import PacsConfig, Protocol
from pleura.pacs.dicomweb import WebArchive
from pleura.pacs.dimse import DimseArchive
from pleura.pacs.retry import Persistent

# They write what is asked and answered, and with it names and numbers of patients.
_TALKATIVE = ("dicomweb_client", "pynetdicom", "requests", "retrying", "urllib3")
_ARCHIVES: dict[Protocol, Callable[[PacsConfig], Archive]] = {"dicomweb": WebArchive, "dimse": DimseArchive}


@dataclass(frozen=True)
class Link:
    """Films come from `source`, results go to `target`; they may be one. Both repeat what fails for a moment."""

    config: PacsConfig
    source: Archive
    target: Archive


@contextmanager
def open_link(config: PacsConfig) -> Iterator[Link]:
    """Open both ends; nothing is sent before the first request.

    The network libraries write no log as long as it is open.

    Raises:
        PacsConfigError: a credential is not in the environment, or a certificate cannot be loaded.
    """
    with muted(*_TALKATIVE), ExitStack() as stack:
        opened: dict[Protocol, Archive] = {}
        for name in (config.read, config.write):
            if name not in opened:
                opened[name] = Persistent(_ARCHIVES[name](config), config.retry)
                stack.callback(opened[name].close)
        yield Link(config, opened[config.read], opened[config.write])
