"""What can go wrong between pleura and a PACS; no error repeats a query or an answer, which may name a patient."""

from pathlib import Path

from pleura.core.errors import PleuraError


class PacsError(PleuraError):
    """Base of all errors about a PACS."""

    def __init__(self, code: str, message: str, remedy: str, *, transient: bool = False) -> None:
        super().__init__(code, message, remedy)
        self.transient = transient


class PacsConfigError(PacsError):
    """A config file that cannot be used; values are not repeated, for one of them may be a password."""

    def __init__(self, path: str | Path, reason: str, remedy: str = "See docs/pacs.md.") -> None:
        super().__init__("pacs_config", f"{path}: {reason}", remedy)


class Unreachable(PacsError):
    """Nobody answered: closed port, unknown host, connection lost, time out."""

    def __init__(self, place: str, reason: str) -> None:
        remedy = "Check host, port, firewall, and whether the PACS runs."
        super().__init__("pacs_unreachable", f"{place}: {reason}", remedy, transient=True)


class Busy(PacsError):
    """The PACS answered that it cannot at the moment."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__("pacs_busy", f"{place}: {reason}", "Try again later.", transient=True)


class TlsFailed(PacsError):
    """The two ends agree on no certificate, or one of them speaks no TLS."""

    def __init__(self, place: str, reason: str) -> None:
        remedy = "Check ca_file, client_cert and client_key, and whether the port speaks TLS."
        super().__init__("pacs_tls", f"{place}: {reason}", remedy)


class Denied(PacsError):
    """The PACS knows us not, or forbids it: AE title, credentials, move destination."""

    def __init__(self, place: str, reason: str, remedy: str) -> None:
        super().__init__("pacs_denied", f"{place}: {reason}", remedy)


class Answered(PacsError):
    """The PACS answered with a failure, or with what is no answer of its protocol."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__("pacs_answer", f"{place}: {reason}", "Look into the log of the PACS.")
