"""A film whose reading fails costs itself alone, and nothing of a patient comes out beside its identity."""

import errno
import json
from pathlib import Path

import pytest

from batching import Here, planned, read_all, rows_in, write_films
from dicom_maker import film_values, make_dataset, write
from models import make_model
from pleura.batch import film
from pleura.batch.film import TRIES
from pleura.core.errors import EngineError


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(film, "_PAUSE_S", 0.001)


def test_a_network_that_gives_no_numbers_refuses_the_film_with_its_code(tmp_path):
    films = write_films(tmp_path / "films", 3)
    model = make_model(tmp_path / "nan.onnx", tilt=float("nan")).path
    read_all(job := planned(films, tmp_path / "out", model), Here(job))
    assert [row["status"] for row in rows_in(tmp_path / "out")] == ["engine", "engine", "not_an_image"]


def test_what_fails_for_a_moment_is_done_again():
    failures = iter([MemoryError(), OSError()])

    def work():
        for failure in failures:
            raise failure
        return "done"

    assert film._insist(work) == "done"


def test_a_defect_is_named_by_its_place_and_not_by_its_words(caplog):
    tried = []

    def work():
        tried.append(1)
        raise ValueError("Doe^Jane")

    with pytest.raises(film.FilmFailed) as caught:
        film._insist(work)
    assert caught.value.code == "internal"
    assert f"ValueError at {Path(__file__).name}" in caught.value.reason
    assert "Doe" not in str(caught.value) + caplog.text
    assert len(tried) == TRIES


LACKS = [OSError(errno.ENOSPC, "full"), OSError(errno.EMFILE, "many"), EngineError("no process", "Have one.")]


@pytest.mark.parametrize("error", LACKS, ids=["space", "handles", "decoder"])
def test_what_the_machine_lacks_ends_the_run_and_refuses_no_film(error):
    tried = []

    def work():
        tried.append(1)
        raise error

    with pytest.raises(type(error)) as caught:
        film._insist(work, fatal=EngineError)
    assert caught.value is error
    assert len(tried) == TRIES


def test_no_name_and_no_number_of_a_patient_comes_out(tmp_path):
    (tmp_path / "films").mkdir()
    write(make_dataset(film_values()), tmp_path / "films" / "a.dcm")
    job = planned(tmp_path / "films", tmp_path / "out", make_model(tmp_path / "m.onnx").path)
    read_all(job, Here(job))
    (log,) = (tmp_path / "out").rglob("*.jsonl")
    (line,) = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    assert line["films"] == 1
    assert line["seconds"]["network"] > 0
    texts = [path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    told = b"".join(texts) + repr(rows_in(tmp_path / "out")).encode()
    assert b"Secret" not in told
    assert b"ID-SECRET" not in told
