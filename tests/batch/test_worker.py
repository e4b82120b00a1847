"""A worker commits a shard with equal bytes every time, and reads no film in another way than asked."""

import json
import shutil
from dataclasses import replace

import pydicom
import pytest

from batching import Here, planned, read_all, results_in, rows_in, write_films
from dicom_maker import film_values, make_dataset, write
from films import write_square
from models import make_model
from pleura.batch.errors import BatchError
from pleura.batch.job import Masks
from pleura.batch.row import MEASURED, SCHEMA
from pleura.batch.worker import Worker
from pleura.core import rle
from pleura.image import read_film
from pleura.output.document import document_of
from pleura.output.run import facts_of
from pleura.predict import load_predictor
from pleura.runtime import EngineChoice


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx").path


def test_a_row_says_what_predict_says(tmp_path, model):
    film = write_square(tmp_path / "films" / "sub" / "a.png")
    read_all(job := planned(tmp_path / "films", tmp_path / "out", model, masks=Masks.RLE), Here(job))
    (row,) = rows_in(tmp_path / "out")
    choice = EngineChoice("auto", job.settings.precision, "cpu", 1)
    finding = load_predictor(model, choice, gate=False, lungs=False).read(read_film(film))
    assert {name: row[name] for name in facts_of(finding)} == facts_of(finding)
    assert json.loads(row["finding"]) == json.loads(json.dumps(document_of(finding)))
    assert row["identity"] == "sub/a.png"
    assert row["status"] == "read"
    assert (rle.decode(row["rle"], finding.film.shape) == finding.mask).all()
    assert row["model_sha256"] == finding.model.sha256


def test_measures_of_a_side_have_columns(tmp_path, model):
    (tmp_path / "films").mkdir()
    write(make_dataset(film_values()), tmp_path / "films" / "a.dcm")
    read_all(job := planned(tmp_path / "films", tmp_path / "out", model), Here(job))
    (row,) = rows_in(tmp_path / "out")
    told = {(each["name"], each["side"]): each["value"] for each in json.loads(row["finding"])["measures"]}
    areas = {side: row[f"area_of_side_{side}"] for side in ("right", "left", "uncertain")}
    assert areas == {side: told.get(("area_of_side", side)) for side in areas}
    assert any(area is not None for area in areas.values())
    assert set(MEASURED) < set(SCHEMA.names)


def test_a_refused_film_has_a_row_that_says_why(tmp_path, model):
    write_films(tmp_path / "films", 3)
    reports = read_all(job := planned(tmp_path / "films", tmp_path / "out", model), Here(job))
    row = rows_in(tmp_path / "out")[-1]
    assert (row["identity"], row["status"]) == ("no-film.png", "not_an_image")
    assert row["reason"]
    assert row["remedy"]
    assert len(row["sha256"]) == 64
    assert row["present"] is None
    assert [(report.films, report.refused) for report in reports.values()] == [(3, 1)]


def test_masks_as_seg_lie_beside_the_rows(tmp_path, model):
    (tmp_path / "films").mkdir()
    write(make_dataset(film_values()), tmp_path / "films" / "a.dcm")
    write_square(tmp_path / "films" / "b.png")
    outs = [tmp_path / "out", tmp_path / "again"]
    for out in outs:
        read_all(job := planned(tmp_path / "films", out, model, masks=Masks.SEG), Here(job))
    found, plain = rows_in(outs[0])
    assert plain["status"] == "dicom_source"
    contents = [(out / found["seg"]).read_bytes() for out in outs]
    assert contents[0] == contents[1]
    assert pydicom.dcmread(outs[0] / found["seg"]).Modality == "SEG"


def test_bytes_are_the_same_wherever_and_whenever_films_are_read(tmp_path, model):
    write_films(tmp_path / "films", 9)
    shutil.copytree(tmp_path / "films", tmp_path / "copy")
    for name in ("films", "copy"):
        read_all(job := planned(tmp_path / name, tmp_path / f"{name}-out", model, size=4), Here(job))
    assert results_in(tmp_path / "films-out") == results_in(tmp_path / "copy-out")
    assert len(results_in(tmp_path / "films-out")) == 4


def test_a_model_that_changed_since_the_plan_reads_nothing(tmp_path, model):
    write_films(tmp_path / "films", 3)
    job = planned(tmp_path / "films", tmp_path / "out", model)
    make_model(model, tilt=0.1)
    with pytest.raises(BatchError, match="model_sha256"):
        Worker(job)


def test_another_precision_is_another_run(tmp_path, model):
    write_films(tmp_path / "films", 3)
    runs = {
        planned(
            tmp_path / "films", tmp_path / "out", model, runtime=EngineChoice(engine=name, precision="float32")
        ).run
        for name in ("openvino", "onnxruntime")
    }
    assert len(runs) == 2


def test_a_worker_settles_nothing_by_itself(tmp_path, model):
    write_films(tmp_path / "films", 3)
    job = planned(tmp_path / "films", tmp_path / "out", model)
    assert "auto" not in (job.reading.runtime.engine, job.reading.runtime.precision, job.reading.runtime.device)
    assert replace(job.reading.runtime, threads=1) == job.reading.runtime
