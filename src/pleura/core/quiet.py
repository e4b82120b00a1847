"""Keeping libraries quiet whose warnings and log lines may quote a patient, while other threads do the same.

The filters of warnings and the levels of loggers belong to the whole process. Two threads that change them, and each
put back what it found, would let a library speak inside the other's block, or silence it for good.
"""

import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

_CHANGING = threading.RLock()


@contextmanager
def ignoring(module: str, *categories: type[Warning]) -> Iterator[None]:
    """Ignore warnings that modules matching the pattern give, and these categories whoever gives them.

    Threads enter one after the other; one thread may enter again. Nothing that takes long belongs into the block.
    """
    with _CHANGING, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=module)
        for category in categories:
            warnings.simplefilter("ignore", category)
        yield


@contextmanager
def muted(*loggers: str) -> Iterator[None]:
    """Let loggers of these names say nothing; threads may be in such blocks together, and for long."""
    with ExitStack() as stack:
        for name in loggers:
            stack.enter_context(_mute(name).block())
        yield


@contextmanager
def silent(*loggers: str) -> Iterator[None]:
    """Ignore all warnings too, of this process."""
    with _UNWARNED.block(), muted(*loggers):
        yield


class _Shared:
    """A change that is made with the first of the blocks that ask for it, and taken back with the last."""

    def __init__(self, change: Callable[[], AbstractContextManager[None]]) -> None:
        self._change, self._blocks, self._made = change, 0, ExitStack()

    @contextmanager
    def block(self) -> Iterator[None]:
        with _CHANGING:
            if not self._blocks:
                self._made.enter_context(self._change())
            self._blocks += 1
        try:
            yield
        finally:
            with _CHANGING:
                self._blocks -= 1
                if not self._blocks:
                    self._made.close()


@contextmanager
def _no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _no_lines(name: str) -> Iterator[None]:
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


_UNWARNED = _Shared(_no_warnings)
_MUTED: dict[str, _Shared] = {}


def _mute(name: str) -> _Shared:
    # `functools.cache` would give two threads that ask for the first time together one each.
    return _MUTED.setdefault(name, _Shared(lambda: _no_lines(name)))
