"""Ray as engine of batches: the bytes of any other engine, through any kill, and nothing left of it.

Each test starts a cluster of its own, which takes a while: they are long, but for what fails before.
"""

import os
import random
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from batching import Deadly, Faulty, Here, Running, kill, planned, read_all, results_in, rows_in, write_films
from models import make_model
from pleura.batch.drive import CRASHED
from pleura.batch.inputs import open_source
from pleura.batch.ray_cluster import _folder, _sweep, ray_cluster
from pleura.batch.ray_engine import RayEngine
from pleura.core.errors import EngineError, PleuraError

# What Ray says of its own use of itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.*")

TESTS = Path(__file__).parent.parent


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx").path


@pytest.fixture
def temp(monkeypatch):
    """An empty folder for temporary files, with a path that is short enough; it has to be empty again in the end."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder:
        monkeypatch.setattr("tempfile.tempdir", folder)
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)
        for pid in descendants(os.getpid()):
            # A driver that a test which failed left running.
            if b"--engine\0ray" in command_of(pid):
                kill(pid)
        assert gone(folder)


def gone(folder):
    """Whether a folder is empty and no process names it, or soon will: what loses its driver ends by itself."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if not [*Path(folder).iterdir(), *processes(str(folder).encode())]:
            return True
        time.sleep(0.1)
    return False


def processes(mark):
    """Processes whose command line holds a mark."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "cmdline").read_bytes() and int(folder.name) != os.getpid():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def parents():
    """The parent of every process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    return found


def descendants(pid):
    """Processes that a process started, and those that they started."""
    parent = parents()
    found = {pid}
    while more := {child for child, its in parent.items() if its in found} - found:
        found |= more
    return found - {pid}


def listened(pids):
    """Addresses of this machine that processes listen at (proc(5): state 0A; IPv4 in hexadecimal, backwards)."""
    sockets = set()
    for pid in pids:
        try:
            sockets |= {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
        except OSError:
            continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and f"socket:[{cells[9]}]" in sockets:
                found.add(cells[1].rpartition(":")[0])
    return found


def calm(films, out, model, size=None):
    """What an undisturbed run without any engine gives."""
    read_all(job := planned(films, out, model, size=size), Here(job))
    return results_in(out)


@pytest.mark.long
def test_the_bytes_are_those_of_any_other_engine_and_nothing_of_ray_is_seen_or_left(tmp_path, model, temp):
    films = write_films(tmp_path / "films", 21)
    job = planned(films, tmp_path / "out", model, size=4)
    before = descendants(os.getpid())
    with closing(RayEngine(job, 2)) as engine:
        import ray

        ours, token = descendants(os.getpid()) - before, os.environ["RAY_AUTH_TOKEN"]
        assert listened(ours) <= {"0100007F", "0000000000000000FFFF00000100007F"}
        assert ray.cluster_resources()["object_store_memory"] <= 100 << 20
        assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
        reports = read_all(job, engine)
    assert sum(report.refused for report in reports.values()) == 1
    assert results_in(tmp_path / "out") == calm(films, tmp_path / "calm", model, 4)
    assert os.environ.get("RAY_AUTH_TOKEN") != token
    assert not [pid for pid in ours if Path(f"/proc/{pid}").exists()]


@pytest.mark.long
def test_a_film_that_ends_every_reader_is_tried_a_few_times_and_costs_only_itself(tmp_path, model, temp):
    films = write_films(tmp_path / "films", 9)
    job = planned(films, tmp_path / "out", model, Faulty(open_source(str(films)), ("film-0002.png",)), size=3)
    read_all(job, RayEngine(job, 2))
    status = {row["identity"]: row["status"] for row in rows_in(tmp_path / "out")}
    assert status.pop("film-0002.png") == CRASHED
    assert status.pop("no-film.png") == "not_an_image"
    assert set(status.values()) == {"read"}
    assert len(status) == 7


@pytest.mark.long
def test_a_worker_that_dies_of_a_film_once_leaves_no_trace(tmp_path, model, temp):
    films = write_films(tmp_path / "films", 8)
    (tmp_path / "once").mkdir()
    source = Faulty(open_source(str(films)), ("film-0002.png",), tmp_path / "once")
    job = planned(films, tmp_path / "out", model, source, size=4)
    read_all(job, RayEngine(job, 1))
    assert results_in(tmp_path / "out") == calm(films, tmp_path / "calm", model, 4)


@pytest.mark.long
def test_workers_that_never_get_ready_end_the_run_and_nothing_is_refused(tmp_path, model, temp):
    films = write_films(tmp_path / "films", 40)
    job = planned(films, tmp_path / "out", model, Deadly(open_source(str(films)), ()), size=2)
    with closing(RayEngine(job, 1)) as engine, pytest.raises(PleuraError, match="before they are ready"):
        read_all(job, engine)
    assert not results_in(tmp_path / "out")


@pytest.mark.long
def test_a_running_cluster_is_used_and_workers_that_would_take_all_its_cores_are_refused(tmp_path, model, temp):
    films, out = write_films(tmp_path / "films", 9), tmp_path / "out"
    command = (films, "--out", out, "--model", model, "--no-gate", "--no-lungs", "--engine", "ray", "--ray-address")
    with ray_cluster(2):
        import ray

        address = ray.get_runtime_context().gcs_address
        code, said = Running(*command, address, "--workers", 3).ended()
        assert code == 1
        assert "3 workers would take all 3 cores" in said
        assert "--workers 2" in said
        code, said = Running(*command, address, "--ray-gpus", 0.5).ended()
        assert code == 1
        assert "has GPUs for 0 workers with 0.5 of one each" in said
        code, said = Running(*command, address).ended()
        assert code == 2, said
    assert results_in(out) == calm(films, tmp_path / "calm", model)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_five_kills_of_workers_and_two_of_drivers_lose_and_double_nothing(tmp_path, model, temp, seed):
    films, out, draw = write_films(tmp_path / "films", 400), tmp_path / "out", random.Random(seed)
    command = (films, "--out", out, "--model", model, "--no-gate", "--no-lungs", "--workers", 2, "--engine", "ray")
    kills = iter([2, 2, 1])
    for shards in sorted(draw.sample(range(20, 90), 2)):
        running = Running(*command)
        assert kill_workers(running, out, next(kills), draw), running.ended()
        assert running.await_shards(out, shards), running.ended()
        running.kill()
    running = Running(*command)
    assert kill_workers(running, out, next(kills), draw), running.ended()
    code, said = running.ended()
    assert code == 2, said
    assert "399 of 400 films read" in said
    assert results_in(out) == calm(films, tmp_path / "calm", model)
    names = [row["identity"] for row in rows_in(out)]
    assert names == sorted(path.name for path in films.iterdir())


def kill_workers(running, out, count, draw):
    """Kill actors of Ray Data, chosen at random, each while shards are committed."""
    for _ in range(count):
        there = len(list(out.glob("run-*/results/*.parquet")))
        if not running.await_shards(out, there + 1):
            return False
        assert kill(draw.choice(await_actors(running)))
        time.sleep(draw.random())
    return True


def await_actors(running):
    """Ray Data's actors of a run; the last one's successor may not have its name yet."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if actors := [pid for pid in descendants(running.process.pid) if b"ray::MapWorker" in command_of(pid)]:
            return actors
        time.sleep(0.05)
    raise AssertionError("no actors appear")


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_what_a_killed_driver_left_is_swept_and_what_another_container_uses_is_not(tmp_path):
    """Of another container's processes nothing is seen in /proc; a lock on its folder is."""
    (tmp_path / "pleura-ray-abandoned" / "session").mkdir(parents=True)
    with _folder(tmp_path) as used:
        _sweep(tmp_path)
        assert list(tmp_path.iterdir()) == [used]
    assert not list(tmp_path.iterdir())


def test_a_folder_for_temporary_files_that_is_too_deep_for_sockets_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(EngineError, match="TMPDIR=/tmp"), ray_cluster(1):
        pass


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere", "ray://127.0.0.1:10001"])
def test_a_cluster_that_does_not_answer_is_told_at_once(address):
    with pytest.raises(EngineError, match=f"no cluster answers at {address}"), ray_cluster(1, address):
        pass
