"""What else lies in a folder of results hinders no run, and results never lie among the films."""

import pytest

from batching import Here, planned, read_all, rows_in, write_films
from models import make_model
from pleura.batch.errors import BatchError
from pleura.batch.plan import check_apart


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx").path


@pytest.mark.parametrize(
    "record",
    [
        pytest.param("{", id="damaged"),
        pytest.param("[]", id="no_record"),
        pytest.param('{"format": "pleura.batch/0"}', id="of_an_older_version"),
    ],
)
def test_runs_that_cannot_be_understood_are_left_alone(tmp_path, model, record):
    old = tmp_path / "out" / "run-0123456789ab"
    old.mkdir(parents=True)
    (old / "manifest.parquet").write_bytes(b"?")
    (old / "run.json").write_text(record, encoding="utf-8")
    (tmp_path / "out" / "run-notes.txt").write_text("mine", encoding="utf-8")
    job = planned(write_films(tmp_path / "films", 3), tmp_path / "out", model)
    assert job.earlier == ()
    read_all(job, Here(job))
    assert len(rows_in(tmp_path / "out")) == 3
    assert (old / "run.json").read_text(encoding="utf-8") == record


def test_a_run_whose_manifest_is_gone_gives_nothing(tmp_path, model):
    films = write_films(tmp_path / "films", 3)
    first = planned(films, tmp_path / "out", model, size=1)
    second = planned(films, tmp_path / "out", model, size=2)
    assert second.earlier == (first.run,)
    (tmp_path / "out" / first.run / "manifest.parquet").unlink()
    assert planned(films, tmp_path / "out", model, size=2).earlier == ()


@pytest.mark.parametrize(
    ("films", "out"),
    [
        ("films", "films"),
        ("films/", "films/sub/out"),
        ("films", "link/out"),
        ("films", "file://{here}/films/out"),
        ("file://{here}/films", "films/out"),
        ("/", "out"),
        ("s3://bucket/films", "s3://bucket/films/out"),
    ],
)
def test_results_do_not_go_among_the_films(tmp_path, monkeypatch, films, out):
    (tmp_path / "films").mkdir()
    (tmp_path / "link").symlink_to("films")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BatchError, match="lies in the input"):
        check_apart(films.format(here=tmp_path), out.format(here=tmp_path))


@pytest.mark.parametrize(
    ("films", "out"),
    [
        ("films", "films-out"),
        ("films/sub", "films"),
        ("s3://bucket/films", "s3://bucket/films2"),
        ("films", "s3://x"),
    ],
)
def test_results_may_go_anywhere_else(films, out):
    check_apart(films, out)
