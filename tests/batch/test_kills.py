"""Kill what you like, whenever you like: the same command gives every film once, in the same bytes."""

import errno
import os
import random
import resource
import time
from contextlib import closing

import pytest

from batching import Deadly, Faulty, Here, Running, kill, planned, read_all, results_in, rows_in, write_films
from models import make_model
from pleura.batch.drive import CRASHED
from pleura.batch.engine import Task
from pleura.batch.inputs import open_source
from pleura.batch.inputs.item import Item
from pleura.batch.local import LocalPool
from pleura.core.errors import EngineError, PleuraError


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx").path


def undisturbed(films, out, model, source=None, size=None):
    read_all(job := planned(films, out, model, source, size), Here(job))
    return results_in(out)


def test_a_worker_that_dies_of_a_film_once_leaves_no_trace(tmp_path, model):
    films = write_films(tmp_path / "films", 8)
    (tmp_path / "once").mkdir()
    source = Faulty(open_source(str(films)), ("film-0002.png",), tmp_path / "once")
    job = planned(films, tmp_path / "out", model, source, size=4)
    read_all(job, LocalPool(job, 1))
    assert results_in(tmp_path / "out") == undisturbed(films, tmp_path / "calm", model, size=4)


class Cut(Faulty):
    """Loses its connection to where the films are."""

    def fetch(self, item):
        raise ConnectionResetError(errno.ECONNRESET, "reset")


def test_a_lost_connection_to_the_films_is_none_to_the_driver_and_a_shard_needs_one_worker_alone(tmp_path, model):
    films = write_films(tmp_path / "films", 3)
    job = planned(films, tmp_path / "out", model, Cut(open_source(str(films)), ()))
    with closing(LocalPool(job, 4)) as pool:
        with pytest.raises(PleuraError, match="storage"):
            list(pool.run([Task(0)]))
        assert len(pool.pids) == 1


def test_a_machine_that_can_start_no_worker_ends_the_run_and_refuses_no_film(tmp_path, model):
    job = planned(write_films(tmp_path / "films", 3), tmp_path / "out", model)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with closing(LocalPool(job, 1)) as pool:
        # The next file would have the lowest free number: none below it is left to a pipe's second end.
        probe = os.open(os.devnull, os.O_RDONLY)
        os.close(probe)
        resource.setrlimit(resource.RLIMIT_NOFILE, (probe + 1, hard))
        try:
            with pytest.raises(EngineError, match=r"cannot be started \(Too many open files\)"):
                list(pool.run([Task(0)]))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not results_in(tmp_path / "out")


@pytest.mark.long
def test_a_film_that_ends_every_reader_costs_only_itself(tmp_path, model):
    films = write_films(tmp_path / "films", 6)
    job = planned(films, tmp_path / "out", model, Faulty(open_source(str(films)), ("film-0002.png",)), size=3)
    read_all(job, LocalPool(job, 2))
    status = {row["identity"]: row["status"] for row in rows_in(tmp_path / "out")}
    assert status.pop("film-0002.png") == CRASHED
    assert status.pop("no-film.png") == "not_an_image"
    assert set(status.values()) == {"read"}
    assert len(status) == 4


@pytest.mark.long
def test_workers_that_never_get_ready_end_the_run(tmp_path, model):
    films = write_films(tmp_path / "films", 3)
    job = planned(films, tmp_path / "out", model, Deadly(open_source(str(films)), ()))
    pool = LocalPool(job, 1)
    with pytest.raises(EngineError, match="before they were ready"):
        read_all(job, pool)
    pool.close()


class OneLives(Faulty):
    """Ends the processes that it is sent to, but for the first; that one takes its time."""

    def __setstate__(self, state) -> None:
        self.__dict__.update(state)
        if not self.is_first():
            kill(os.getpid())

    def is_first(self):
        return not self._done_before(Item("first", "", None, None))

    def fetch(self, item):
        time.sleep(600)


@pytest.mark.long
def test_a_worker_that_never_gets_ready_ends_the_run_also_beside_one_that_works(tmp_path, model):
    films = write_films(tmp_path / "films", 8)
    (tmp_path / "once").mkdir()
    job = planned(films, tmp_path / "out", model, OneLives(open_source(str(films)), (), tmp_path / "once"), size=4)
    with closing(LocalPool(job, 2)) as pool, pytest.raises(EngineError, match="before they were ready"):
        read_all(job, pool)


def test_a_killed_driver_is_taken_up_where_it_was(tmp_path, model):
    films, out = write_films(tmp_path / "films", 60), tmp_path / "out"
    command = (films, "--out", out, "--model", model, "--no-gate", "--no-lungs", "--workers", 1, "--shard-size", 4)
    first = Running(*command)
    assert first.await_shards(out, 2)
    first.kill()
    code, said = Running(*command).ended()
    assert code == 2
    assert "59 of 60 films read" in said
    assert results_in(out) == undisturbed(films, tmp_path / "calm", model, size=4)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_five_kills_of_workers_and_two_of_drivers_lose_and_double_nothing(tmp_path, model, seed):
    films, out, draw = write_films(tmp_path / "films", 1200), tmp_path / "out", random.Random(seed)
    command = (films, "--out", out, "--model", model, "--no-gate", "--no-lungs", "--workers", 2)
    victims = draw.sample(["worker"] * 5 + ["driver"] * 2, 7)
    running = Running(*command)
    for victim, shards in zip(victims, sorted(draw.sample(range(90), 7)), strict=True):
        assert running.await_shards(out, shards)
        if victim == "worker":
            assert kill(draw.choice(running.await_workers()))
        else:
            running.kill()
            running = Running(*command)
    code, said = running.ended()
    assert code == 2
    assert "1199 of 1200 films read" in said
    assert results_in(out) == undisturbed(films, tmp_path / "calm", model)
    names = [row["identity"] for row in rows_in(out)]
    assert names == sorted(path.name for path in films.iterdir())
