"""What a user waits for and pays: `pleura predict` on one film as a process of its own."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Child:
    """A command that is run again and again; remembers the most memory it ever held, in MB of 2**20 bytes."""

    command: list[str]
    peak_mb: float = 0.0

    def __call__(self) -> float:
        """Seconds of one run.

        Raises:
            CalledProcessError: the command failed.
        """
        start = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=user())
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, self.command)
        self.peak_mb = max(self.peak_mb, usage.ru_maxrss / 1024)
        return seconds


def user() -> dict[str, str]:
    """The environment less what only builders set: without bytecode every start compiles every module anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def predict_command(film: Path, out: Path, model: Path, *options: str, python: Path | None = None) -> list[str]:
    """`pleura predict` on one film, as the console script starts it, by this Python or another."""
    start = [str(python or sys.executable), "-m", "pleura", "predict", str(film)]
    return [*start, "--out", str(out), "--model", str(model), *options]
