"""Reading the next films while the network is busy with these."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")


class Ahead(Generic[InputT, OutputT]):
    """Calls `read` in one other thread, in order and as many inputs ahead as are worked on at once.

    The first calls start on entering the `with` block, so that whatever is made ready before the loop runs beside it.
    Iterating gives each input with a future: an error of `read` is raised where its result is asked for.
    """

    def __init__(self, inputs: Sequence[InputT], read: Callable[[InputT], OutputT], count: int = 1) -> None:
        self.inputs = inputs
        self._read = read
        self._count = count
        self._pool = ThreadPoolExecutor(1)
        self._coming = deque[Future[OutputT]]()

    def __enter__(self) -> Self:
        self._submit(self.inputs[: self._count])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __len__(self) -> int:
        return len(self.inputs)

    def __iter__(self) -> Iterator[tuple[InputT, Future[OutputT]]]:
        for index, item in enumerate(self.inputs):
            if not self._coming:
                raise RuntimeError("Ahead is read inside its `with` block")
            current = self._coming.popleft()
            following = index + self._count
            self._submit(self.inputs[following : following + 1])
            yield item, current

    def _submit(self, inputs: Sequence[InputT]) -> None:
        self._coming.extend(self._pool.submit(self._read, item) for item in inputs)
