"""What drives a batch's workers: it takes tasks to them and brings back what came of each, and knows nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from pleura.batch.row import Row
from pleura.core.errors import PleuraError
from pleura.core.files import place_of


@dataclass(frozen=True)
class Task:
    """One shard to read and commit, or, where `film` is not None, that one film of it to read alone."""

    shard: int
    film: int | None = None


@dataclass(frozen=True)
class Report:
    """What came of a shard that was committed.

    Attributes:
        films: how many it holds.
        refused: how many of them were refused.
        reused: how many were taken over from an earlier run.
        wall_s: seconds that it took.
        seconds: of that, by stage; `fetch` and `decode` ran beside the others, which they kept waiting for `wait`.
    """

    films: int
    refused: int
    reused: int
    wall_s: float
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a task: the report of a shard, the row of a film, or neither where its worker died of it."""

    task: Task
    report: Report | None = None
    row: Row | None = None


@dataclass(frozen=True)
class Trouble:
    """An error that ends the run, as it travels between processes: its class may not be one that pickles."""

    code: str
    message: str
    remedy: str

    @classmethod
    def of(cls, error: PleuraError | OSError) -> "Trouble":
        """What keeps a worker from going on."""
        if isinstance(error, PleuraError):
            return cls(error.code, error.message, error.remedy)
        message = f"{place_of(error)}: {error.strerror or type(error).__name__}"
        return cls("storage", message, "Check the path, its permissions and the space left.")

    def error(self) -> PleuraError:
        """The same, to be raised by the driver."""
        return PleuraError(self.code, self.message, self.remedy)


class Engine(Protocol):
    """Warm workers on one machine or many."""

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Give every task to a worker, and its outcome once, in any order.

        Tasks are taken from the iterable as workers get free. A worker that dies costs its task only: that is lost,
        and not tried again here. May be called again once the iterator is at its end.

        Raises:
            PleuraError: what keeps a worker from going on with any film.
        """

    def close(self) -> None:
        """End the workers; what they were at is left undone."""
