"""The machine a benchmark ran on, in words that name no one's computer."""

import os
import time
from pathlib import Path

_WATCHED_S, _MOST_BUSY = 0.5, 0.1
_BFLOAT16 = ("amx_bf16", "avx512_bf16")


def machine() -> str:
    """Model of the CPU, cores that this process may use, and its bfloat16 instructions."""
    lines = dict(line.split(":", 1) for line in _cpuinfo().splitlines() if ":" in line)
    known = {name.strip(): value.strip() for name, value in lines.items()}
    flags = known.get("flags", "").split()
    found = [flag for flag in _BFLOAT16 if flag in flags]
    return f"{known.get('model name', 'unknown CPU')}, {cores()} cores, {' '.join(found) or 'no bfloat16'}"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def warn_if_busy() -> None:
    """Say that something else is running: its figures would not be this program's."""
    before = _ticks()
    time.sleep(_WATCHED_S)
    total, idle = (late - early for early, late in zip(before, _ticks(), strict=True))
    if total and 1 - idle / total > _MOST_BUSY:
        print(f"warning: others use {1 - idle / total:.0%} of the machine; times will be too long", flush=True)


def _ticks() -> tuple[int, int]:
    """All ticks of all cores since the start, and the idle ones (proc(5)); zeros where there is no /proc/stat."""
    path = Path("/proc/stat")
    if not path.is_file():
        return 0, 0
    ticks = [int(number) for number in path.read_text("utf-8").splitlines()[0].split()[1:9]]
    return sum(ticks), ticks[3] + ticks[4]


def _cpuinfo() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text("utf-8") if path.is_file() else ""
