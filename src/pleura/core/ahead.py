"""Reading the next film while the network is busy with this one."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")


class Ahead(Generic[InputT, OutputT]):
    """Calls `read` in one other thread, one input ahead and in order.

    The first call starts on entering the `with` block, so that whatever is made ready before the loop runs beside it.
    Iterating gives each input with a future: an error of `read` is raised where its result is asked for.
    """

    def __init__(self, inputs: Sequence[InputT], read: Callable[[InputT], OutputT]) -> None:
        self.inputs = inputs
        self._read = read
        self._pool = ThreadPoolExecutor(1)
        self._next: Future[OutputT] | None = None

    def __enter__(self) -> Self:
        if self.inputs:
            self._next = self._pool.submit(self._read, self.inputs[0])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __len__(self) -> int:
        return len(self.inputs)

    def __iter__(self) -> Iterator[tuple[InputT, Future[OutputT]]]:
        for index, item in enumerate(self.inputs):
            current = self._next
            if current is None:
                raise RuntimeError("Ahead is read inside its `with` block")
            following = self.inputs[index + 1 : index + 2]
            self._next = self._pool.submit(self._read, following[0]) if following else None
            yield item, current
