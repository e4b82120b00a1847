"""The memory of a worker: taken by the first films, kept for all that follow."""

import ctypes

# malloc.h of glibc; mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_KEPT, _MOST_KEPT = 32 << 20, 256 << 20


def keep_memory() -> bool:
    """Have the C library keep what a film took for the next one; False where it is another library than glibc.

    Left alone it gives pieces of 50 MB back after some films and not after others, and a worker that has read a
    thousand films looks as if it had grown. Kept, its memory is from the tenth film on what it needs at most.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT) and mallopt(_M_TRIM_THRESHOLD, _MOST_KEPT))
