"""A scanner for malware, where the operator has one: no film is taken in that it does not pass (OWASP ASVS 5.4.3)."""

import subprocess
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from pleura.core.errors import Refusal
from pleura.serve.config import Scan
from pleura.serve.errors import ServeError
from pleura.serve.intake.upload import Turned

_UNSAFE = Turned(Refusal.UNSAFE, "the scanner for malware does not pass it", "Ask whoever runs the service.")


def scanned(path: Path, scan: Scan) -> Turned | None:
    """Run the scanner on a file: `command` with the file's path behind it; its exit code decides.

    Returns:
        None for a file that is clean, else why it is turned away.

    Raises:
        ServeError: 503, the scanner cannot be run, takes too long or ends with a code that says neither.
    """
    code = _exit_code([*scan.command, str(path)], scan.timeout_s)
    if code in scan.clean:
        return None
    if code in scan.unsafe:
        return _UNSAFE
    reason = "the scanner for malware gives no answer, and without one no film is taken in"
    raise ServeError(HTTPStatus.SERVICE_UNAVAILABLE, "scan", reason, "Have whoever runs the service look at it.")


def _exit_code(command: Sequence[str], timeout_s: float) -> int | None:
    # What it says may quote the file, and goes nowhere.
    silent = subprocess.DEVNULL
    try:
        return subprocess.run(
            command, stdin=silent, stdout=silent, stderr=silent, timeout=timeout_s, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return None
