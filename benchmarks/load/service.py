"""A real service as tests start it, with the shipped model, and what its processes take."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pleura.serve.config import Workers

_TESTS = Path(__file__).parents[2] / "tests"
if str(_TESTS) not in sys.path:
    # One way to start a service: that of the tests, which ours are too.
    sys.path.insert(0, str(_TESTS))

from serving import Serving, until  # noqa: E402 - only now on the path

__all__ = ["Serving", "pss_mb", "running", "tree", "until"]
_KB_A_MB = 1024


@contextmanager
def running(config: str = "", folder: Path | None = None) -> Iterator[Serving]:
    """A warm service in a new folder, ended and deleted when the block ends; with all workers warm."""
    with TemporaryDirectory(dir=folder, prefix="load-") as place:
        serving = Serving(Path(place), None, config)
        try:
            start(serving)
            yield serving
        finally:
            serving.stop()


def start(serving: Serving) -> None:
    """Start it, and wait until every worker is warm: one would answer sooner, and slower than it will be."""
    serving.start()
    wanted = Workers().processes
    until(lambda: f"pleura_workers_ready {wanted}.0" in serving.http.get("/metrics").text)


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
    """Memory of a process and all under it in MB, what they share counted once (proc(5), smaps_rollup)."""
    total = 0
    for one in tree(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text("ascii")
        except OSError:
            # It has just ended.
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / _KB_A_MB


def _threads(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []
