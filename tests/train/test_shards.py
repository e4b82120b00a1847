"""Planes on disk: what was written is what is read, whoever wrote which part, and pages go when they are told to."""

import mmap
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from pleura.core.errors import TrainingError
from pleura.train import shards as module
from pleura.train.shards import Shards, shard_rows, take, write_shards
from pleura.train.world import World

SIDE, FILMS = 96, 11
SHAPE = (FILMS, 1, SIDE, SIDE)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    """Four films a shard, none of which ends with a page of memory."""
    assert SIDE * SIDE % mmap.PAGESIZE
    monkeypatch.setattr(module, "SHARD_BYTES", 4 * SIDE * SIDE + 100)


def plane(row):
    return np.random.default_rng(row).integers(0, 256, (SIDE, SIDE)).astype(np.float32) / 255


def expected(rows):
    return np.stack([np.rint(plane(int(row)) * 255).astype(np.uint8) for row in rows])[:, None]


def test_rows_come_back_as_they_were_written(tmp_path):
    shards = write_shards(tmp_path / "set", SHAPE, plane)
    assert [len(rows) for rows in shard_rows(SHAPE)] == [4, 4, 3]
    assert len(list((tmp_path / "set").iterdir())) == 3
    rows = np.random.default_rng(1).permutation(FILMS)
    assert np.array_equal(take(shards, rows, torch.device("cpu")).numpy(), expected(rows))
    assert len(shards) == FILMS


def test_processes_share_the_work_and_a_killed_one_s_is_gone_on_with(tmp_path, monkeypatch):
    written = []

    def noting(row):
        written.append(row)
        if written == [0, 1, 2, 3, 4, 5]:
            raise KeyboardInterrupt
        return plane(row)

    with pytest.raises(KeyboardInterrupt):
        write_shards(tmp_path / "set", SHAPE, noting)
    assert len(list((tmp_path / "set").iterdir())) == 1
    monkeypatch.setattr(module, "here", lambda: World(1, 2, 1))
    written.clear()
    shards = write_shards(tmp_path / "set", SHAPE, lambda row: written.append(row) or plane(row))
    assert written == [*range(4, FILMS)]  # the second of two processes begins in the middle
    assert np.array_equal(shards.read(np.arange(FILMS)).numpy(), expected(range(FILMS)))


@pytest.mark.parametrize("left", [0, 100])
def test_a_damaged_file_is_named(tmp_path, left):
    write_shards(tmp_path / "set", SHAPE, plane)
    os.truncate(tmp_path / "set" / "00001.u8", left)
    with pytest.raises(TrainingError, match=r"00001\.u8"):
        write_shards(tmp_path / "set", SHAPE, plane)


def resident_bytes(folder):
    """How much of the files is mapped into this process now (proc(5))."""
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split()[0] and not line.split()[0].endswith(":"):
            inside = str(folder) in line
        elif inside and line.startswith("Rss:"):
            total += 1024 * int(line.split()[1])
    return total


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="no /proc: what is mapped cannot be told")
def test_no_more_stays_in_memory_than_is_allowed(tmp_path):
    film, most = SIDE * SIDE, 3 * SIDE * SIDE
    freely = write_shards(tmp_path / "set", SHAPE, plane)
    freely.read(np.arange(FILMS))
    assert resident_bytes(tmp_path) >= FILMS * film
    del freely
    shards = Shards(sorted((tmp_path / "set").iterdir()), SHAPE, most)
    for row in np.random.default_rng(0).integers(0, FILMS, 9):
        assert np.array_equal(shards.read(np.array([row])).numpy(), expected([row]))
        # Around a film that is asked for, whole pages come, and the system maps some beside it.
        assert resident_bytes(tmp_path) <= most + 3 * 16 * mmap.PAGESIZE
    shards.drop()
    assert resident_bytes(tmp_path) == 0


def test_a_shard_that_another_process_wrote_meanwhile_is_not_replaced_under_its_readers(tmp_path):
    read = []

    def late(row):
        if not read:  # another process is quicker, and reads already
            read.append(write_shards(tmp_path / "set", SHAPE, plane))
            read.append({path: path.stat().st_ino for path in (tmp_path / "set").glob("*.u8")})
        return plane(row)

    write_shards(tmp_path / "set", SHAPE, late)
    assert {path: path.stat().st_ino for path in (tmp_path / "set").iterdir()} == read[1]


@pytest.mark.parametrize("films", [1, 127, 129, 1000, 10**6])
def test_a_set_of_any_size_has_few_enough_shards_to_keep_open(films):
    rows = shard_rows((films, 1, 512, 512))
    assert len(rows) <= module.MOST_SHARDS
    assert [row for each in rows for row in (each.start, each.stop)] == [
        0, *(edge for each in rows[1:] for edge in (each.start, each.start)), films,
    ]  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc: what is mapped cannot be told")
def test_a_shard_costs_one_open_file_and_no_memory_that_could_be_written_to(tmp_path):
    shards = write_shards(tmp_path / "set", SHAPE, plane)
    opened = [link for link in Path("/proc/self/fd").iterdir() if str(tmp_path) in str(_leads_to(link))]
    assert len(opened) == len(shard_rows(SHAPE))
    mapped = [line.split()[1] for line in Path("/proc/self/maps").read_text().splitlines() if str(tmp_path) in line]
    assert mapped == ["r--s"] * len(shard_rows(SHAPE))
    assert len(shards) == FILMS


def _leads_to(link):
    try:
        return link.readlink()
    except FileNotFoundError:  # that of the listing itself
        return None
