"""A worker: the model warm, it reads shard after shard and commits each as soon as its last film is read."""

import time
from collections import Counter
from collections.abc import Callable

import cv2

from pleura.batch.earlier import Earlier
from pleura.batch.engine import Outcome, Report, Task
from pleura.batch.errors import BatchError
from pleura.batch.film import FilmReader
from pleura.batch.inputs.item import Item
from pleura.batch.job import Job, Settings
from pleura.batch.manifest import Manifest
from pleura.batch.row import Row
from pleura.batch.shard_file import commit
from pleura.batch.store import PATIENT, open_store
from pleura.core.ahead import Ahead
from pleura.output.run import READ
from pleura.predict import load_predictor
from pleura.predict.clock import Clock

Tick = Callable[[], None]


class Worker:
    """Does the tasks of a job, one after another, in a process of its own.

    Args:
        job: what is asked for.
        tick: is called before each film, so that who waits knows that there is progress.

    Raises:
        ModelFileError: no valid model, or the wrong one.
        EngineError: this machine cannot run it as asked.
        BatchError: this machine would read films in another way than the job says.
        StoreError: the results' store does not answer.
        OSError: the manifest cannot be read.
    """

    def __init__(self, job: Job, tick: Tick = lambda: None) -> None:
        reading = job.reading
        # As many processes as cores work beside each other already.
        cv2.setNumThreads(1)
        self._job, self._tick = job, tick
        self._store = open_store(job.out, PATIENT)
        predictor = load_predictor(reading.model, reading.runtime, gate=reading.gate, lungs=reading.lungs)
        _check(Settings.of(predictor, reading), job.settings)
        self._manifest = Manifest(self._store, job.manifest)
        self._films = FilmReader(job, predictor, self._store)
        self._earlier = Earlier(job, self._store)

    def do(self, task: Task) -> Outcome:
        """Read a shard and commit it, or read one film of it.

        Raises:
            PleuraError: no film can be fetched, or nothing can be written, at present.
            OSError: nothing can be written.
        """
        items = self._manifest.items(task.shard)
        if task.film is None:
            return Outcome(task, report=self._shard(task.shard, items))
        self._tick()
        row, _ = self._films.row(self._films.hold(items[task.film]))
        return Outcome(task, row=row)

    def _shard(self, shard: int, items: list[Item]) -> Report:
        start, clock = time.perf_counter(), Clock()
        with clock.stage("reuse"):
            rows = self._earlier.rows(items)
        reused, seconds = len(rows), Counter[str]()
        left = [item for item in items if item.identity not in rows]
        with Ahead(left, self._films.hold) as ahead:
            for item, future in ahead:
                self._tick()
                with clock.stage("wait"):
                    held = future.result()
                rows[item.identity], taken = self._films.row(held)
                seconds.update(held.seconds)
                seconds.update(taken)
        ordered: list[Row] = [rows[item.identity] for item in items]
        with clock.stage("commit"):
            commit(self._job, self._store, shard, items, ordered)
        refused = sum(row["status"] != READ for row in ordered)
        wall_s = time.perf_counter() - start
        return Report(len(items), refused, reused, wall_s, {**seconds, **clock.seconds})


def _check(here: Settings, asked: Settings) -> None:
    """Refuse to read films in a way that would give other rows.

    Raises:
        BatchError: naming what differs.
    """
    ours, theirs = here.document(), asked.document()
    differing = [name for name in theirs if ours[name] != theirs[name]]
    if differing:
        name = differing[0]
        reason = f"has {name} {ours[name]}, and the batch was begun with {theirs[name]}"
        raise BatchError("this worker", reason, "Give all machines the same model and the same installation.")
