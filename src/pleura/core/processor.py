"""The processor of this machine, in words that name no one's computer."""

import math
import os
import platform
from pathlib import Path

_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")


def processor() -> str:
    """The CPU's model as the system names it; its kind where the system does not say (no /proc)."""
    return _cpuinfo().get("model name") or platform.processor() or platform.machine()


def instructions() -> frozenset[str]:
    """Instruction sets of the CPU as /proc/cpuinfo names them; none where there is no such file."""
    return frozenset(_cpuinfo().get("flags", "").split())


def cores() -> int:
    """Cores that this process may use: those it may run on, and no more than its container is given, rounded up."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    given = _given()
    return allowed if given is None else max(1, min(allowed, math.ceil(given)))


def _given() -> float | None:
    """Cores' worth of time that the control group allows (Linux, cgroup v2); None where it sets no limit."""
    try:
        most, _, period = _CPU_MAX.read_text("ascii").partition(" ")
        return None if most == "max" else int(most) / int(period)
    except (OSError, ValueError):
        return None


def _cpuinfo() -> dict[str, str]:
    """What the system says of its first core."""
    path = Path("/proc/cpuinfo")
    text = path.read_text("utf-8", "replace") if path.is_file() else ""
    pairs = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
