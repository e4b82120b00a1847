"""Files of a run that are not as they were written: a disk that failed, a copy that broke off."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from pleura.batch.errors import BatchError

REMEDY = "Delete this file, and run the same command again."
"""What is not there is written again, with the bytes that it had."""


@contextmanager
def undamaged(name: str) -> Iterator[None]:
    """Read a Parquet file of a run inside the block.

    Raises:
        BatchError: it is damaged.
        OSError: it cannot be read at all.
    """
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        # Arrow calls damaged pages an OSError too, but one that has no number of the system's. A store that does not
        # answer in time gives errors of other kinds below it.
        if isinstance(error, OSError) and (error.errno is not None or type(error) is not OSError):
            raise
        raise BatchError(name, "is damaged", REMEDY) from error
