"""Of free memory no more is taken than a container's limit leaves, in either version of control groups."""

import pytest
import torch

from pleura.train import free_memory as module
from pleura.train.free_memory import free_memory

CPU = torch.device("cpu")
GB = 1 << 30


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with 20 GB to spare, whose /proc and control groups are made of files."""
    for name in ("proc/self", "groups"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {20 * GB // 1024} kB\n")
    monkeypatch.setattr(module, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(module, "_GROUPS", tmp_path / "groups")

    def group(line, folder, limit, idle=0):
        version = ("memory.max", "memory.current") if line.startswith("0::") else _ONE
        (tmp_path / "proc" / "self" / "cgroup").write_text(f"3:cpu:/\n{line}\n")
        home = tmp_path / "groups" / folder
        home.mkdir(parents=True, exist_ok=True)
        for name, text in zip(
            (*version, "memory.stat"), (limit, 3 * GB, f"anon 1\ninactive_file {idle}"), strict=True
        ):
            (home / name).write_text(f"{text}\n")

    return group


_ONE = ("memory.limit_in_bytes", "memory.usage_in_bytes")


@pytest.mark.parametrize(
    ("line", "folder", "limit", "idle", "free"),
    [
        pytest.param("0::/job", "job", 8 * GB, 0, 5, id="version_2"),
        pytest.param("0::/job/step", "job", 8 * GB, 0, 5, id="the_limit_of_a_group_above"),
        pytest.param("0::/of/the/host", "", 8 * GB, 0, 5, id="inside_a_container"),
        pytest.param("4:memory:/job", "memory/job", 8 * GB, 0, 5, id="version_1"),
        pytest.param("0::/job", "job", 8 * GB, GB, 6, id="idle_pages_of_files_give_way"),
        pytest.param("0::/job", "job", 2 * GB, 0, 0, id="nothing_left"),
        pytest.param("0::/job", "job", "max", 0, 20, id="no_limit"),
        pytest.param("4:memory:/job", "memory/job", (1 << 63) - 4096, 0, 20, id="no_limit_in_version_1"),
        pytest.param("0::/job", "job", 64 * GB, 0, 20, id="more_than_the_machine_has"),
    ],
)
def test_what_can_be_had(machine, line, folder, limit, idle, free):
    machine(line, folder, limit, idle)
    assert free_memory(CPU) == free * GB


def test_without_control_groups_it_is_what_the_machine_has(machine):
    assert free_memory(CPU) == 20 * GB


def test_this_machine_has_some():
    assert free_memory(CPU) > 0


def test_what_torch_holds_of_a_gpu_without_using_it_is_free(monkeypatch):
    said = {"mem_get_info": (3 * GB, 80 * GB), "memory_reserved": 60 * GB, "memory_allocated": 20 * GB}
    for name, value in said.items():
        monkeypatch.setattr(torch.cuda, name, lambda _device, value=value: value)
    assert free_memory(torch.device("cuda", 0)) == 43 * GB
