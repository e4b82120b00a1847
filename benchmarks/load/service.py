"""A real service as tests start it, with the shipped model."""

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

__all__ = ["Serving", "running", "until"]


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
