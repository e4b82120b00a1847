"""Why films cannot be shared."""

from pathlib import Path

from pleura.core.errors import PleuraError


class SharingError(PleuraError):
    """A key or a folder that films must not be shared with."""

    def __init__(self, path: str | Path, reason: str, remedy: str) -> None:
        super().__init__("share", f"{path}: {reason}", remedy)
