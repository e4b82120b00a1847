"""The machine that figures are measured on, in words that name no one's computer."""

import time
from pathlib import Path

from pleura.core.processor import cores, instructions, processor

_WATCHED_S = 0.5
_BFLOAT16 = ("amx_bf16", "avx512_bf16")


def machine() -> str:
    """Model of the CPU, cores that this process may use, and its bfloat16 instructions."""
    found = " ".join(flag for flag in _BFLOAT16 if flag in instructions())
    return f"{processor()}, {cores()} cores, {found or 'no bfloat16'}"


def busy_share(seconds: float = _WATCHED_S) -> float:
    """The share of all cores that is in use while nothing is done here, in [0, 1]; 0 where there is no /proc/stat.

    What others use makes a figure measured meanwhile theirs too.
    """
    before = _ticks()
    time.sleep(seconds)
    total, idle = (late - early for early, late in zip(before, _ticks(), strict=True))
    return 1 - idle / total if total else 0.0


def _ticks() -> tuple[int, int]:
    """All ticks of all cores since the start, and the idle ones (proc(5)); zeros where there is no /proc/stat."""
    path = Path("/proc/stat")
    if not path.is_file():
        return 0, 0
    ticks = [int(number) for number in path.read_text("utf-8").splitlines()[0].split()[1:9]]
    return sum(ticks), ticks[3] + ticks[4]
