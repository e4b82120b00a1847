"""Where films lie: files of this machine, or objects of a store that fsspec opens."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pleura.batch.errors import StoreDenied, StoreError
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import Item
from pleura.batch.store import BRIEF, PATIENT, asked, filesystem, is_url, local_path, split_url, without_credentials
from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.retry import Retry
from pleura.image.read import MOST_BYTES, content_of

State = tuple[int | None, str | None]
_CONTAINER_IN_FRONT = ("abfs", "abfss")  # abfs://container@account.dfs.core.windows.net/path


@dataclass(frozen=True)
class Places:
    """Places of films, those that are relative below `base`: a folder or a URL.

    Attributes:
        base: a folder of this machine, or a URL such as s3://bucket/films.
        retry: how a request to a store is repeated while films are listed, when nothing can be lost.
        patience: the same once they are read.
    """

    base: str
    retry: Retry = BRIEF
    patience: Retry = PATIENT

    def whole(self, place: str) -> str:
        """A path of this machine or a URL, from what may be relative."""
        if is_url(place):
            path = local_path(place)
            return place if path is None else str(path)
        return f"{self.base.rstrip('/')}/{place}" if is_url(self.base) else str(Path(self.base, place))

    def fetch(self, item: Item) -> bytes:
        """The content of a film.

        Raises:
            UnreadableImage: `unreadable`, it is gone or not for us; `too_large`.
            StoreError: the store does not answer, or lets us not at another object either; or what held the film
                when it was listed is gone.
        """
        place = self.whole(item.place)
        return self._content(item, place) if is_url(place) else self._local(item, Path(place))

    def state(self, place: str) -> State:
        """Size in bytes and mark of change of a film of this machine; a store is not asked for each."""
        whole = self.whole(place)
        return (None, None) if is_url(whole) else state_of(Path(whole))

    def _local(self, item: Item, path: Path) -> bytes:
        try:
            return content_of(path)
        except UnreadableImage:
            if item.etag is not None:  # It was there when it was listed.
                check_there(next(folder for folder in path.parents if os.path.isdir(folder)))
                if not Path(item.place).is_absolute() and not is_url(item.place):
                    check_there(Path(self.base))
            raise

    def _content(self, item: Item, place: str) -> bytes:
        store, path = filesystem(place)
        try:
            size = item.size
            if size is None:
                # By HTTP whatever keeps this from being told is a missing file: fetching it tells them apart.
                with contextlib.suppress(FileNotFoundError):
                    size = self._ask_for_film(place, lambda: store.info(path)["size"])
            if size is not None and size > MOST_BYTES:
                reason = f"the object has {size >> 20} MiB, above {MOST_BYTES >> 20}"
                raise UnreadableImage(item.identity, Refusal.TOO_LARGE, reason, "Give one film an object.")
            content: bytes = self._ask_for_film(place, lambda: store.cat_file(path))
        except FileNotFoundError:
            reason, remedy = "it is no longer in the store", "Put it back, or leave it out of the input."
            raise UnreadableImage(item.identity, Refusal.UNREADABLE, reason, remedy) from None
        except StoreDenied:
            # One object that is not for us costs itself; a key that has run out must not cost all that follow.
            if not self._lets_in(place):
                raise
            reason, remedy = "the store does not let us at it", "Give the right to read it."
            raise UnreadableImage(item.identity, Refusal.UNREADABLE, reason, remedy) from None
        _readable.setdefault(_host(place), place)
        return content

    def _lets_in(self, place: str) -> bool:
        """Whether the store still lets us at an object that this process could read before."""
        known = _readable.get(_host(place))
        if known is None:
            return False
        store, path = filesystem(known)
        try:
            self._ask_for_film(known, lambda: store.info(path))
        except FileNotFoundError:
            return True
        except StoreDenied:
            return False
        return True

    def ask(self, place: str, request: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever fsspec answers
        """The answer of a store, asked again while it may come a moment later; raises as `store.asked`."""
        return self.retry.run(lambda: asked(request, without_credentials(place)))

    def _ask_for_film(self, place: str, request: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever fsspec answers
        return self.patience.run(lambda: asked(request, without_credentials(place)))


def check_there(folder: Path) -> None:
    """Tell a film that is gone from a disk or share that is: where it was mounted there is an empty folder.

    Raises:
        StoreError: the folder is gone, or empty.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        if next(entries, None) is not None:
            return
    reason, remedy = "the folder of the films is gone, or empty", "Mount it, and run the same command again."
    raise StoreError(str(folder), reason, remedy)


def state_of(path: Path) -> State:
    """Size in bytes and mark of change of a file; none of either where it cannot be told: reading it says why."""
    try:
        state = path.stat()
    except OSError:
        return None, None
    return state.st_size, f"{state.st_mtime_ns:x}"


@contextmanager
def opened(named: str) -> Iterator[BinaryIO]:
    """A list or a table of films, open for reading from any place in it; one from a store is copied first.

    Raises:
        BatchInputError: it is not there, or not for us.
        StoreError: it lies in a store that does not answer.
    """
    with tempfile.NamedTemporaryFile(prefix="pleura-batch-") as copy:
        try:
            if is_url(named):
                store, path = filesystem(named)
                Places(named).ask(named, lambda: store.get_file(path, copy.name))
            with Path(copy.name if is_url(named) else named).open("rb") as file:
                yield file
        except OSError as error:
            reason = f"cannot be read: {error.strerror or type(error).__name__}"
            raise BatchInputError(named, reason, "Check the path.") from None


_readable: dict[str, str] = {}
"""An object of each store that this process could read."""


def checked(place: str, named: str, where: str) -> str:
    """A place that holds no credential, for it is written into results and errors.

    Args:
        place: a path or URL.
        named: the input that it stands in, for the error.
        where: the line in it.

    Raises:
        BatchInputError: a URL with a password, a name of a user, or a query, which may be a signature; or several.
    """
    if is_url(place):
        protocol, host, path = split_url(place)
        user, _, _ = host.rpartition("@")
        named_user = ":" in user or (user and protocol not in _CONTAINER_IN_FRONT)
        # A chain (simplecache::s3://...) holds a URL in a URL, where a credential would not be seen.
        if named_user or "?" in place or "::" in protocol or is_url(host + path):
            remedy = "Give the address alone; the driver takes credentials from the environment (docs/scale.md)."
            raise BatchInputError(named, f"{where} holds a credential or a query (not repeated here)", remedy)
    return place


def _host(place: str) -> str:
    protocol, host, _ = split_url(place)
    return f"{protocol}://{host}"
