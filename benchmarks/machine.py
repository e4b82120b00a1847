"""The machine a benchmark ran on, in words that name no one's computer."""

import os
from pathlib import Path

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
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"warning: the machine is busy (load {load:.1f}); times will be too long", flush=True)


def _cpuinfo() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text("utf-8") if path.is_file() else ""
