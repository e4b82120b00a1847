"""Memory that can still be had: of a GPU, of this machine, and no more than a container's limit leaves."""

import os
from pathlib import Path

import torch

_PROC = Path("/proc")
_GROUPS = Path("/sys/fs/cgroup")
_NO_LIMIT = 1 << 60
"""Version 1 of control groups writes a number near 2^63 where there is no limit."""


def free_memory(device: torch.device) -> int:
    """Bytes that can be had where a device's tensors live."""
    if device.type == "cuda":
        # What torch holds for tensors to come counts as taken to the driver, and is free to us.
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + kept
    left = _left_in_group(_PROC, _GROUPS)
    return _available(_PROC) if left is None else min(left, _available(_PROC))


def _available(proc: Path) -> int:
    """What the machine has left; where the system does not say (no /proc), all that is built in."""
    known = proc / "meminfo"
    if not known.is_file():
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with known.open() as table:
        line = next(line for line in table if line.startswith("MemAvailable"))
    return int(line.split()[1]) * 1024


def _left_in_group(proc: Path, groups: Path) -> int | None:
    """What the limits of this process's control group (cgroups(7)) and those above it leave; None without a limit."""
    try:
        lines = (proc / "self" / "cgroup").read_text("utf-8").splitlines()
    except OSError:
        return None
    left = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:  # version 2
            home, limit, used = groups, "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            home, limit, used = groups / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        # Inside a container the group's path may be that of the host, and its files stand at the root.
        here = home / path.lstrip("/")
        left += [_left(folder, limit, used) for folder in {home, here, *here.parents} if folder.is_relative_to(home)]
    known = [each for each in left if each is not None]
    return min(known) if known else None


def _left(folder: Path, limit: str, used: str) -> int | None:
    """What one group's limit leaves; pages of files that nobody asked for lately count as free, for they give way."""
    try:
        most = (folder / limit).read_text("utf-8").strip()
        taken = int((folder / used).read_text("utf-8"))
        table = (folder / "memory.stat").read_text("utf-8")
    except OSError:
        return None
    if most == "max" or int(most) >= _NO_LIMIT:
        return None
    idle = dict(line.split(" ", 1) for line in table.splitlines()).get("inactive_file", "0")
    return max(0, int(most) - taken + int(idle))
