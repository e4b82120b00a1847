"""Small batches for tests: drawn films, a real network, and what lies in a folder of results."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from films import write_square
from pleura.batch.engine import Outcome
from pleura.batch.inputs import open_source
from pleura.batch.job import Reading
from pleura.batch.plan import plan
from pleura.batch.run import run_job
from pleura.batch.sharding import Slice
from pleura.batch.worker import Worker

_WAIT_S = 600


class Here:
    """An engine without processes of its own: the worker is this one."""

    def __init__(self, job) -> None:
        self._worker = Worker(job)

    def run(self, tasks):
        return map(self._worker.do, tasks)

    def close(self):
        pass


class Losing(Here):
    """The same, but that the worker dies of a shard or of a film of it for the first `times` that it is at that."""

    def __init__(self, job, task, times) -> None:
        super().__init__(job)
        self._shard, self._film, self._left = task.shard, task.film, times

    def run(self, tasks):
        for task in tasks:
            deadly = task.shard == self._shard and task.film in (None, self._film)
            if deadly and self._left:
                self._left -= 1
                yield Outcome(task)
            else:
                yield self._worker.do(task)


@dataclass(frozen=True)
class Faulty:
    """A source that does to its reader what a film might: ends it, every time or the first time only."""

    source: object
    films: tuple[str, ...]
    once: Path | None = None

    def items(self):
        return self.source.items()

    def fetch(self, item):
        if item.identity in self.films and not self._done_before(item):
            os.kill(os.getpid(), signal.SIGKILL)
        return self.source.fetch(item)

    def _done_before(self, item):
        if self.once is None:
            return False
        try:
            (self.once / item.identity).touch(exist_ok=False)
        except FileExistsError:
            return True
        return False


class Deadly(Faulty):
    """Ends the process that it is sent to."""

    def __setstate__(self, state) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def write_films(folder, count):
    """Squares of different sizes, and one file that is no film."""
    for number in range(count - 1):
        write_square(folder / f"film-{number:04d}.png", (128, 96 + number % 32), (40, 16 + number % 40), 40)
    (folder / "no-film.png").write_bytes(b"nothing of the kind")
    return folder


def planned(films, out, model, source=None, size=None, **reading):
    """The job of reading a folder; drawn squares have no lungs and are no chests."""
    asked = Reading(model=model, gate=False, lungs=False, **reading)
    return plan(source or open_source(str(films)), str(out), asked, size)


def read_all(job, engine, share=Slice()):  # noqa: B008 - frozen
    """Read what is left of a slice, and write the summary where that was all; the reports by shard."""
    reports = {}

    def keep(items, label, total=None):
        for item in items:
            if label == "reading shards":
                reports[item[0]] = item[1]
            yield item

    run_job(job, lambda _: engine, keep, share)
    return reports


def results_in(out):
    """Content of every shard and summary in a folder of results, by name."""
    paths = [path for path in Path(out).rglob("*") if path.suffix == ".parquet" or path.name == "summary.json"]
    return {str(path.relative_to(out)): path.read_bytes() for path in paths if path.name != "manifest.parquet"}


def rows_in(out):
    """All rows of all shards, in order."""
    shards = sorted(Path(out).glob("run-*/results/*.parquet"))
    return pa.concat_tables([pq.ParquetFile(shard).read() for shard in shards]).to_pylist()


class Running:
    """`pleura batch` in a process, which may be killed, or its workers."""

    def __init__(self, *arguments) -> None:
        command = [sys.executable, "-m", "pleura", "batch", *map(str, arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def ended(self):
        """Its exit code, once it has ended, and what it said."""
        said, told = self.process.communicate(timeout=_WAIT_S)
        return self.process.returncode, said + told

    def worker_pids(self):
        """Its workers, not what else it started."""
        pid = self.process.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
            return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
        except OSError:
            return []

    def await_workers(self):
        """Its workers, once it has any."""
        end = time.monotonic() + _WAIT_S
        while not (pids := self.worker_pids()):
            assert self.process.poll() is None
            assert time.monotonic() < end
        return pids

    def await_shards(self, out, count):
        """Wait until so many shards are committed; False if it ended before."""
        end = time.monotonic() + _WAIT_S
        while len(list(Path(out).glob("run-*/results/*.parquet"))) < count:
            if self.process.poll() is not None:
                return False
            assert time.monotonic() < end
            time.sleep(0.01)
        return True


def kill(pid):
    """End a process at once, if it is still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
