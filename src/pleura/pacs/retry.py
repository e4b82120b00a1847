"""A PACS that is asked again."""

from collections.abc import Collection

from pleura.core.retry import Retry
from pleura.pacs.archive import Archive, ObjectKey, StudyQuery


class Persistent:
    """An archive that is asked again while its failures are transient."""

    def __init__(self, archive: Archive, retry: Retry) -> None:
        self._archive, self._retry = archive, retry

    def check(self) -> str:
        """See `Archive.check`."""
        return self._retry.run(self._archive.check)

    def studies(self, query: StudyQuery) -> list[str]:
        """See `Archive.studies`."""
        return self._retry.run(lambda: self._archive.studies(query))

    def films(self, study: str, kinds: Collection[str]) -> list[ObjectKey]:
        """See `Archive.films`."""
        return self._retry.run(lambda: self._archive.films(study, kinds))

    def fetch(self, key: ObjectKey) -> bytes:
        """See `Archive.fetch`."""
        return self._retry.run(lambda: self._archive.fetch(key))

    def holds(self, key: ObjectKey) -> bool:
        """See `Archive.holds`."""
        return self._retry.run(lambda: self._archive.holds(key))

    def store(self, content: bytes) -> None:
        """See `Archive.store`."""
        self._retry.run(lambda: self._archive.store(content))

    def close(self) -> None:
        """See `Archive.close`."""
        self._archive.close()
