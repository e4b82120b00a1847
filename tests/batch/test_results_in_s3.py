"""Results in an object store: taken up after a kill as in a folder, and in the same bytes."""

import fsspec
import pytest

from batching import Here, Running, planned, read_all, results_in, write_films
from models import make_model
from s3 import running_s3


def objects(store):
    """Content of every shard and of the summary, by name below the prefix."""
    names = [name for name in store.find("bucket/out") if name.endswith((".parquet", "summary.json"))]
    return {name.removeprefix("bucket/out/"): store.cat_file(name) for name in names if "manifest" not in name}


@pytest.mark.long
def test_a_killed_run_into_s3_is_taken_up_and_has_the_bytes_of_a_folder(tmp_path, monkeypatch):
    films, model = write_films(tmp_path / "films", 60), make_model(tmp_path / "m.onnx").path
    with running_s3() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        server.put("s3://bucket/there", b"")
        store = fsspec.filesystem("s3", use_listings_cache=False)
        command = (films, "--out", "s3://bucket/out", "--model", model, "--no-gate", "--no-lungs", "--shard-size", 4)
        first = Running(*command, "--workers", 1)
        while len(objects(store)) < 3:
            assert first.process.poll() is None
        first.kill()
        code, said = Running(*command, "--workers", 2).ended()
        assert "59 of 60 films read" in said
        assert code == 2
        stored = objects(store)
    read_all(job := planned(films, tmp_path / "out", model, size=4), Here(job))
    assert stored == results_in(tmp_path / "out")
