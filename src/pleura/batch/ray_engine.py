"""The engine for a cluster: Ray Data hands out tasks to actors, each with the model warm.

A shard's rows are computed and committed by its actor, so that what passes through Ray are numbers of shards and
reports, and the bytes in the shards are those of any other engine. Ray Data is used against three of its defaults:

- it would give the task of an actor that died to the next, and to the next: a film that crashes its reader would
  crash all of them, for ever. Here a task is tried once, and one that is lost is told to the driver (`drive.py`);
- it would queue several tasks at an actor, and all of them would be lost with it: here it is one;
- an actor that dies while it gets ready would be started again for ever, and one that is not started again would be
  waited for: here actors count the starts of which nothing came, and say so.

Nor is Ray's own checkpoint of a data set used: what is committed is known from the results alone.
"""

import faulthandler
import logging
import pickle
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from pleura.batch.engine import Outcome, Task, Trouble
from pleura.batch.job import Job
from pleura.batch.local import MOST_FALSE_STARTS, PATIENCE_S
from pleura.batch.ray_cluster import ray_cluster
from pleura.batch.worker import Worker
from pleura.core.chunks import chunks
from pleura.core.errors import EngineError, PleuraError

if TYPE_CHECKING:
    from ray.data import Dataset

_AT_ONCE = 10_000
"""Tasks that one data set holds; for the next, actors load the model again."""
_NOTHING_S = 4 * 3600.0
"""Without an outcome for so long, something in the cluster hangs."""
_WHOLE = -1
"""Where a task of a shard has the number of its film."""


@dataclass(frozen=True)
class RayOptions:
    """Where the workers of a Ray cluster are.

    Attributes:
        ray_address: Of a running Ray cluster; one is started on this machine where none is named.
        gpus: Share of a GPU that each worker holds in the cluster.
    """

    ray_address: str | None = None
    gpus: float = 0.0


class RayEngine:
    """Workers of a Ray cluster; see `Engine`. It takes tasks by the thousand.

    Args:
        job: what they read.
        workers: how many there are; None takes one a core of this machine, or all but one of a cluster's.
        options: where they are.

    Raises:
        EngineError: no cluster answers or starts, or it has too few cores.
    """

    def __init__(self, job: Job, workers: int | None = None, options: RayOptions = RayOptions()) -> None:
        self._job, self._gpus = job, options.gpus
        self._stack = ExitStack()
        self._workers = self._stack.enter_context(ray_cluster(workers, options.ray_address, options.gpus))
        self._starts = _counter(self._workers + MOST_FALSE_STARTS)

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """See `Engine.run`.

        Raises:
            EngineError: Ray fails.
            PleuraError: what keeps a worker from going on with any film, or from getting ready.
        """
        for some in chunks(tasks, _AT_ONCE):
            waiting = set(some)
            for outcome in self._outcomes(some):
                waiting.discard(outcome.task)
                yield outcome
            yield from (Outcome(task) for task in some if task in waiting)

    def close(self) -> None:
        """See `Engine.close`."""
        self._stack.close()

    def _outcomes(self, tasks: list[Task]) -> Iterator[Outcome]:
        """What comes of tasks, but for those whose actor died of them."""
        import ray
        from ray.data.exceptions import ExecutionTimeoutError, SystemException

        _tame()
        try:
            blocks = self._data_set(tasks).iter_batches(batch_size=None, prefetch_batches=0, batch_format="pyarrow")
            for block in cast("Iterator[pa.Table]", blocks):
                for content in block.column("outcome").to_pylist():
                    said = pickle.loads(content)
                    if isinstance(said, Trouble):
                        raise said.error()
                    yield said
        except (ray.exceptions.RayError, ExecutionTimeoutError, SystemException, TimeoutError) as error:
            remedy = "See the logs of the Ray cluster, and run the same command again."
            raise EngineError(f"the Ray cluster fails ({type(error).__name__})", remedy) from error

    def _data_set(self, tasks: list[Task]) -> "Dataset":
        import ray.data

        pool = ray.data.ActorPoolStrategy(size=min(self._workers, len(tasks)), max_tasks_in_flight_per_actor=1)
        rows = [{"shard": task.shard, "film": _WHOLE if task.film is None else task.film} for task in tasks]
        with warnings.catch_warnings():
            # Ray Data has no other way yet to say how often an actor's task is tried.
            warnings.simplefilter("ignore", ray.util.annotations.RayDeprecationWarning)
            return ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                _Actor,
                fn_constructor_args=(pickle.dumps(self._job), self._starts),
                compute=pool,
                batch_size=1,
                batch_format="pyarrow",
                num_cpus=1,
                num_gpus=self._gpus,
                max_restarts=-1,
                max_task_retries=0,
            )


class _Actor:
    """A worker in an actor. It gets ready with its first task, so that one that dies of it costs a task, and ends."""

    def __init__(self, job: bytes, starts: Any) -> None:  # noqa: ANN401 - a handle of an actor
        self._job, self._starts = job, starts
        self._worker: Worker | None = None

    def __call__(self, tasks: pa.Table) -> pa.Table:
        rows = tasks.to_pylist()
        said = [self._do(Task(row["shard"], None if row["film"] == _WHOLE else row["film"])) for row in rows]
        return pa.table({"outcome": pa.array(map(pickle.dumps, said), pa.binary())})

    def _do(self, task: Task) -> Outcome | Trouble:
        _tick()
        try:
            if self._worker is None:
                self._worker = self._ready()
            return self._worker.do(task)
        except (PleuraError, OSError) as error:
            return Trouble.of(error)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _ready(self) -> Worker:
        import ray

        if not ray.get(self._starts.begin.remote()):
            reason = "workers end before they are ready, again and again"
            raise EngineError(reason, "Have fewer workers, or more memory for each.")
        worker = Worker(pickle.loads(self._job), _tick)
        # Waited for: a film that ends this process at once must not look like a start that failed.
        ray.get(self._starts.end.remote())
        return worker


def _tick() -> None:
    """End this process if nothing begins for long: it hangs, and nobody else would notice."""
    faulthandler.dump_traceback_later(PATIENCE_S, exit=True)


class _Starts:
    """Counts the starts of workers of which nothing has come since the last that got ready."""

    def __init__(self, most: int) -> None:
        self._begun, self._most = 0, most

    def begin(self) -> bool:
        """A worker starts; False if it need not try."""
        self._begun += 1
        return self._begun <= self._most

    def end(self) -> None:
        """A worker is ready."""
        self._begun = 0


def _counter(most: int) -> Any:  # noqa: ANN401 - a handle of an actor
    import ray

    return ray.remote(num_cpus=0, max_restarts=-1)(_Starts).remote(most)


def _tame() -> None:
    """Have Ray Data drop a task whose actor died, and say nothing of it: the driver tells."""
    from ray.data import DataContext

    context = DataContext.get_current()
    context.max_errored_blocks = -1
    context.execution_no_progress_timeout_s = _NOTHING_S
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
