"""Ignoring a library's warnings in one thread's block, where the filters belong to the whole process."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_FILTERS = threading.RLock()


@contextmanager
def ignoring(module: str, *categories: type[Warning]) -> Iterator[None]:
    """Ignore warnings that modules matching the pattern give, and these categories whoever gives them.

    Two threads that change and restore the filters at the same time would leave each other's behind, so they
    enter one after the other; one thread may enter again. Nothing that takes long belongs into the block.
    """
    with _FILTERS, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=module)
        for category in categories:
            warnings.simplefilter("ignore", category)
        yield
