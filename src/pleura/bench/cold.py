"""What a user waits for and pays: `pleura predict` on one film as a process of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pleura.core.errors import PleuraError

_WATCH = """
import os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), time.perf_counter() - start, usage.ru_maxrss)
"""
"""Stands between: to a process that begins, Linux counts what the one that began it held (getrusage(2))."""


@dataclass
class Child:
    """A command that is run again and again; remembers the most memory it ever held, in MB of 2**20 bytes."""

    command: list[str]
    peak_mb: float = 0.0

    def __call__(self) -> float:
        """Seconds of one run.

        Raises:
            PleuraError: the command failed.
        """
        watch = [sys.executable, "-I", "-S", "-c", _WATCH, *self.command]
        done = subprocess.run(watch, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=user(), check=False)
        code, seconds, kib = done.stdout.split() or (done.returncode, 0, 0)
        if int(code):
            # The command is not repeated: it holds the name of a film.
            reason = f"a process that is timed ended with {int(code)}"
            raise PleuraError("bench", reason, "Run `pleura predict` on the film, which says why.")
        self.peak_mb = max(self.peak_mb, int(kib) / 1024)
        return float(seconds)


def user() -> dict[str, str]:
    """The environment less what only builders set: without bytecode every start compiles every module anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def predict_command(film: Path, out: Path, model: Path, *options: str, python: Path | None = None) -> list[str]:
    """`pleura predict` on one film, as the console script starts it, by this Python or another."""
    start = [str(python or sys.executable), "-m", "pleura", "predict", str(film)]
    return [*start, "--out", str(out), "--model", str(model), *options]
