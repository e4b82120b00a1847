"""Where a batch's results lie: a folder of this machine or a prefix of an object store, with the same few verbs.

What is written is whole or absent: a rename on a disk, one PUT in an object store. Two drivers that commit the same
shard do no harm: both write the same bytes under the same name.
"""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol, TypeVar, cast

from pleura.batch.errors import StoreDenied, StoreError
from pleura.core.errors import PleuraError
from pleura.core.files import replacing, write_bytes
from pleura.core.retry import Retry

BRIEF, PATIENT = Retry(), Retry(attempts=100)
"""A wrong address is told soon, while films are listed; a store that fails is asked for five minutes later on."""
_DRIVERS = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
_PROTOCOL = "://"
_ResultT = TypeVar("_ResultT")


class Store(Protocol):
    """A folder of results; names are relative to it, with `/` between their parts."""

    def listed(self, folder: str) -> set[str]:
        """Last parts of the names of all that lies directly in a folder; none where there is no such folder."""

    def read(self, name: str) -> bytes:
        """The content of a file; FileNotFoundError where there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Write a whole file, or nothing; one of the same name is replaced."""

    def write_file(self, name: str, path: Path) -> None:
        """The same with the content of a file of this machine."""

    def look(self, name: str, into: Callable[[BinaryIO], _ResultT]) -> _ResultT:
        """What a function reads of a file, from any place in it; FileNotFoundError where there is none.

        It may be called again where a store failed for a moment.
        """


class FolderStore:
    """A folder of this machine, or one that it mounts."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def listed(self, folder: str) -> set[str]:
        """See `Store.listed`."""
        try:
            return {entry.name for entry in os.scandir(self._root / folder)}
        except FileNotFoundError:
            return set()

    def read(self, name: str) -> bytes:
        """See `Store.read`."""
        return (self._root / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """See `Store.write`."""
        write_bytes(self._root / name, content)

    def write_file(self, name: str, path: Path) -> None:
        """See `Store.write_file`."""
        with replacing(self._root / name) as target, path.open("rb") as source:
            shutil.copyfileobj(source, target)

    def look(self, name: str, into: Callable[[BinaryIO], _ResultT]) -> _ResultT:
        """See `Store.look`."""
        with (self._root / name).open("rb") as file:
            return into(file)


class ObjectStore:
    """A prefix of an object store, through the file system that fsspec has for its protocol.

    Args:
        url: such as `s3://bucket/results`.
        retry: how often a request is repeated that fails for no fault of its own.
    """

    def __init__(self, url: str, retry: Retry = BRIEF) -> None:
        self._files, self._root = filesystem(url)
        self._place = without_credentials(url)
        self._retry = retry

    def listed(self, folder: str) -> set[str]:
        """See `Store.listed`."""
        try:
            found = self._ask(lambda: self._files.ls(self._at(folder), detail=False))
        except FileNotFoundError:
            return set()
        return {PurePosixPath(name).name for name in found}

    def read(self, name: str) -> bytes:
        """See `Store.read`."""
        return cast("bytes", self._ask(lambda: self._files.cat_file(self._at(name))))

    def write(self, name: str, content: bytes) -> None:
        """See `Store.write`."""
        self._ask(lambda: self._files.pipe_file(self._at(name), content))

    def write_file(self, name: str, path: Path) -> None:
        """See `Store.write_file`."""
        self._ask(lambda: self._files.put_file(str(path), self._at(name)))

    def look(self, name: str, into: Callable[[BinaryIO], _ResultT]) -> _ResultT:
        """See `Store.look`."""

        def opened() -> _ResultT:
            with self._files.open(self._at(name), "rb") as file:
                return into(file)

        return self._ask(opened)

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _ask(self, request: Callable[[], _ResultT]) -> _ResultT:
        return self._retry.run(lambda: asked(request, self._place))


def asked(request: Callable[[], _ResultT], place: str) -> _ResultT:
    """The answer of an object store.

    Raises:
        FileNotFoundError: it has no such object.
        PleuraError: what the request itself says against what it was given.
        StoreDenied: it does not let us at it.
        StoreError: it does not answer; `transient`, for that may pass.
    """
    try:
        return request()
    except PleuraError:
        raise
    except FileNotFoundError as error:
        # Drivers leave out what it is about.
        raise FileNotFoundError(errno.ENOENT, "no such object or bucket", place) from error
    except PermissionError as error:
        raise StoreDenied(place) from error
    except Exception as error:
        # Every driver has errors of its own, and their texts may quote the credentials: only the kind is told.
        reason, remedy = f"it does not answer ({type(error).__name__})", "Run the same command again once it does."
        raise StoreError(place, reason, remedy, transient=True) from error


def is_url(place: str) -> bool:
    """Whether a place is named by a URL, and not by a path of this machine."""
    return _PROTOCOL in place


def local_path(place: str) -> Path | None:
    """The path of this machine that a place means, also where it is written as file://; None where it means none."""
    if place.startswith(f"file{_PROTOCOL}"):
        return Path(filesystem(place)[1])
    return None if is_url(place) else Path(place)


def without_credentials(place: str) -> str:
    """A place as it may be shown: a URL without a user, a password or a query, and a path as it is."""
    if not is_url(place):
        return place
    protocol, host, path = split_url(place.partition("?")[0])
    return f"{protocol}{_PROTOCOL}{host.rpartition('@')[2]}{path}"


def split_url(url: str) -> tuple[str, str, str]:
    """Protocol, host and path of a URL, whose key may hold what other URLs may not; the path begins with its `/`."""
    protocol, _, rest = url.partition(_PROTOCOL)
    host, slash, path = rest.partition("/")
    return protocol, host, slash + path


def filesystem(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it.

    Raises:
        StoreError: fsspec knows no such protocol, or its driver is not installed.
    """
    import fsspec

    protocol, _, _ = split_url(url)
    try:
        # `fsspec.url_to_fs` would take a key that holds `::` for a chain of several URLs.
        kind = fsspec.get_filesystem_class(protocol)
        # A listing that was kept would hide what others have committed since.
        return kind(use_listings_cache=False, **kind._get_kwargs_from_urls(url)), str(kind._strip_protocol(url))
    except ImportError as error:
        driver = _DRIVERS.get(protocol, "the fsspec driver of this protocol")
        reason, remedy = f"nothing installed here speaks {protocol}", f"Run: pip install {driver}."
        raise StoreError(without_credentials(url), reason, remedy) from error
    except ValueError as error:
        reason, remedy = (
            f"{protocol} is no protocol that fsspec knows",
            "Give a folder, or a URL such as s3://bucket/x.",
        )
        raise StoreError(without_credentials(url), reason, remedy) from error


def open_store(place: str, retry: Retry = BRIEF) -> Store:
    """The store at a path of this machine or a URL; `retry`: how a request to a URL is repeated.

    Raises:
        StoreError: nothing installed here speaks its protocol.
    """
    # Through fsspec a file of this machine would be seen half written, and might not outlive a power cut.
    path = local_path(place)
    return ObjectStore(place, retry) if path is None else FolderStore(path)
