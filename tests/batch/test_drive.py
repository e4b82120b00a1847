"""What is left of a run is read, in slices or at once, and a shard that was damaged is noticed."""

import io
import json

import pyarrow.parquet as pq
import pytest

from batching import Here, Losing, planned, read_all, results_in, rows_in, write_films
from models import make_model
from pleura.batch.drive import CRASHED, drive, left
from pleura.batch.engine import Task
from pleura.batch.errors import BatchError
from pleura.batch.film import TRIES
from pleura.batch.sharding import Slice
from pleura.batch.store import open_store
from pleura.batch.summary import tally


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx").path


@pytest.fixture
def job(tmp_path, model):
    return planned(write_films(tmp_path / "films", 21), tmp_path / "out", model, size=4)


def test_slices_together_give_what_one_run_gives(tmp_path, model, job):
    for number in (2, 3, 1):
        read_all(job, Here(job), Slice(number, 3))
    whole = planned(tmp_path / "films", tmp_path / "whole", model, size=4)
    read_all(whole, Here(whole))
    assert results_in(tmp_path / "out") == results_in(tmp_path / "whole")


def test_what_is_committed_is_not_read_again(job):
    read_all(job, Here(job), Slice(1, 2))
    store = open_store(job.out)
    assert left(job, store, Slice()) == [1, 3, 5]
    assert sorted(read_all(job, Here(job))) == [1, 3, 5]
    assert left(job, store, Slice()) == []


def test_two_drivers_at_once_leave_what_one_leaves(tmp_path, model, job):
    store = open_store(job.out)
    # Both are told that nothing is there, and go on in turn.
    drivers = [drive(job, store, Here(job), left(job, store, Slice())) for _ in range(2)]
    done = [shard for pair in zip(*drivers, strict=True) for shard, _ in pair]
    assert done == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    read_all(job, Here(job))
    whole = planned(tmp_path / "films", tmp_path / "whole", model, size=4)
    read_all(whole, Here(whole))
    assert results_in(tmp_path / "out") == results_in(tmp_path / "whole")


@pytest.mark.parametrize("deaths", [1, 3])
def test_a_film_that_ends_its_worker_now_and_then_leaves_no_trace(tmp_path, job, deaths):
    read_all(job, Losing(job, Task(2, 1), deaths))
    whole = planned(tmp_path / "films", tmp_path / "whole", job.reading.model, size=4)
    read_all(whole, Here(whole))
    assert results_in(tmp_path / "out") == results_in(tmp_path / "whole")


def test_a_film_that_ends_its_worker_every_time_is_refused_and_no_other(tmp_path, job):
    read_all(job, Losing(job, Task(2, 1), 1 + TRIES))
    crashed = [row for row in rows_in(tmp_path / "out") if row["status"] == CRASHED]
    assert [row["identity"] for row in crashed] == ["film-0009.png"]
    assert "3 times" in crashed[0]["reason"]
    assert [row["status"] for row in rows_in(tmp_path / "out")].count("read") == 19


def test_the_summary_counts_what_lies_there(tmp_path, job):
    read_all(job, Here(job))
    (path,) = (tmp_path / "out").glob("run-*/summary.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    assert (told["films"], told["read"], told["refused"]) == (21, 20, {"not_an_image": 1})
    assert [shard["films"] for shard in told["results"]] == [4, 4, 4, 4, 4, 1]


def flipped(content, column):
    """A shard with one bit turned over in the distinct values of a column."""
    group = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0)
    places = {group.column(number).path_in_schema: group.column(number) for number in range(group.num_columns)}
    last = places[column].data_page_offset - 2
    return content[:last] + bytes([content[last] ^ 1]) + content[last + 1 :]


@pytest.mark.parametrize("damage", ["cut", "swapped", "blotted", "flipped"])
def test_a_shard_that_is_not_its_own_is_noticed(tmp_path, job, damage):
    read_all(job, Here(job))
    first, second, *_ = sorted((tmp_path / "out").glob("run-*/results/*.parquet"))
    content = second.read_bytes()
    # What is blotted out are the pages of the first column, between the magic and the footer.
    damaged = {"cut": content[:-20], "swapped": content, "blotted": content[:4] + bytes(60) + content[64:]}
    first.write_bytes(flipped(first.read_bytes(), "score") if damage == "flipped" else damaged[damage])
    with pytest.raises(BatchError, match=r"part-000000\.parquet.*Delete this file"):
        tally(job, open_store(job.out), range(6))


@pytest.mark.parametrize("name", ["manifest.parquet", "run.json"])
def test_what_is_damaged_of_a_run_is_named_and_made_again_once_it_is_gone(tmp_path, model, job, name):
    whole = (tmp_path / "out" / job.run / name).read_bytes()
    (tmp_path / "out" / job.run / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BatchError, match=f"{name}.*Delete this file"):
        read_all(job, Here(job))
    (tmp_path / "out" / job.run / name).unlink()
    again = planned(tmp_path / "films", tmp_path / "out", model, size=4)
    read_all(again, Here(again))
    assert (tmp_path / "out" / job.run / name).read_bytes() == whole
    assert len(rows_in(tmp_path / "out")) == 21
