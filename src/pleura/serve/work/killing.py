"""A worker is killed together with the process that decodes for it, which would go on for its whole deadline."""

import os
import signal
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path


def kill(process: BaseProcess) -> None:
    """Kill a process and its children, and wait until it is dead; one that has ended is left as it is."""
    if process.pid is not None and process.is_alive():
        # While it stands still no child of it can end and leave its number to another process.
        os.kill(process.pid, signal.SIGSTOP)
        for child in _children(process.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.kill()
    process.join()


def _children(pid: int) -> list[int]:
    """The processes that a process has started, where the system tells (Linux: proc(5))."""
    found: list[int] = []
    for path in Path("/proc", str(pid), "task").glob("*/children"):
        with suppress(OSError):
            found += map(int, path.read_text("ascii").split())
    return found
