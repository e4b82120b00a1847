"""The memory of a process and of all that it started, such as decoders, what they share counted once."""

import subprocess
import time
from pathlib import Path

from pleura.bench.cold import user

_LOOK_S = 0.01
_KB_A_MB = 1024


def tree(pid: int) -> list[int]:
    """A process and all that it started, and they."""
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        for thread in _threads(one):
            try:
                left += [int(child) for child in (thread / "children").read_text("ascii").split()]
            except OSError:
                continue
    return found


def pss_mb(pid: int) -> float:
    """Memory of a process and all under it in MB of 2**20 bytes, what they share counted once (proc(5), PSS).

    0 where the system does not tell.
    """
    total = 0
    for one in tree(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text("ascii")
        except OSError:
            # It has just ended.
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / _KB_A_MB


def peak_mb(command: list[str]) -> float:
    """The most that a command and all that it started held together, seen a hundred times a second; see `pss_mb`.

    Looking takes time of its own: the run is for its memory alone.
    """
    most = 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=user()) as process:
        while process.poll() is None:
            most = max(most, pss_mb(process.pid))
            time.sleep(_LOOK_S)
    return most


def _threads(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []
