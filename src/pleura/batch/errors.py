"""Why a batch ends before its end; what it has committed by then stays, and the same command goes on from there."""

from pleura.core.errors import PleuraError


class BatchError(PleuraError):
    """A batch that cannot start or go on as it was asked for."""

    def __init__(self, what: str, reason: str, remedy: str) -> None:
        super().__init__("batch", f"{what}: {reason}", remedy)


class StoreError(PleuraError):
    """An object store, or the driver of its protocol, that does not answer."""

    def __init__(self, place: str, reason: str, remedy: str, *, transient: bool = False) -> None:
        super().__init__("store", f"{place}: {reason}", remedy)
        self.transient = transient


class StoreDenied(StoreError):
    """An object store that lets us not at one object, or not at any."""

    def __init__(self, place: str) -> None:
        super().__init__(place, "access is denied", "Check the credentials and what they may do.")


class FilmFailed(PleuraError):
    """A film whose reading failed again and again, for a reason that is no refusal of its content."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(code, reason, remedy)
        self.reason = reason
