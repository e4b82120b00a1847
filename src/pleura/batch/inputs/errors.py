"""What keeps an input of a batch from being listed or read at all."""

from pleura.core.errors import PleuraError


class BatchInputError(PleuraError):
    """An input that is none, or that cannot be read as what it looks like; `named` is what the user named."""

    def __init__(self, named: str, reason: str, remedy: str) -> None:
        super().__init__("batch_input", f"{named}: {reason}", remedy)
