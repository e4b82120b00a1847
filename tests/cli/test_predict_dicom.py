"""`pleura predict --formats seg,sr`: DICOM in, DICOM out."""

import json

import numpy as np
import pytest
from pydicom import dcmread

from dicom_maker import changed, film_values, make_dataset, write
from films import write_square
from models import make_model
from pleura.cli import build_app
from pleura.cli.console import run

FORMATS = ("--formats", "seg,sr,fractional,sc,gsps,fhir")


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx").path


def pleura_predict(*arguments: object) -> int:
    """Read drawn squares, which no gate takes for chests."""
    return run(build_app(), ["predict", "--no-gate", *map(str, arguments)])


def bright_square(path):
    """A film of DICOM with a bright square on the picture's left: what the small network takes for a finding."""
    values = np.full((96, 80), 400, np.uint16)
    values[20:70, 5:35] = 4000
    values[0, 0] = 0
    return write(make_dataset(values), path)


def test_dicom_results_stand_beside_each_other_and_are_the_same_on_a_second_run(tmp_path, model):
    film = bright_square(tmp_path / "a.dcm")
    for out in ("1", "2"):
        assert pleura_predict(film, "--out", tmp_path / out, "--model", model, *FORMATS) == 0
    names = ["a.seg.dcm", "a.sr.dcm", "a.fractional.dcm", "a.sc.dcm", "a.gsps.dcm", "a.fhir.json"]
    for name in names:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    seg = dcmread(tmp_path / "1" / "a.seg.dcm")
    assert seg.pixel_array.any()
    assert seg.PatientID == "ID-SECRET"
    assert "SECRET" not in (tmp_path / "1" / "a.fhir.json").read_text("utf-8")
    manifest = json.loads((tmp_path / "1" / "manifest.json").read_text("utf-8"))
    assert manifest["settings"]["viewer_geometry"] is False


def test_results_in_the_films_folder_are_not_read_as_films(tmp_path, model, capsys):
    bright_square(tmp_path / "a.dcm")
    for _ in range(2):
        assert pleura_predict(tmp_path, "--out", tmp_path, "--model", model, *FORMATS) == 0
        assert "1 of 1 films read" in capsys.readouterr().err


def test_viewer_geometry_and_an_empty_segment_are_asked_for(tmp_path, model):
    film = write(make_dataset(film_values() // 8), tmp_path / "a.dcm")
    arguments = (film, "--out", tmp_path / "out", "--model", model, "--formats", "seg")
    assert pleura_predict(*arguments) == 0
    assert not (tmp_path / "out" / "a.seg.dcm").exists()
    assert pleura_predict(*arguments, "--empty-seg", "--viewer-geometry") == 0
    seg = dcmread(tmp_path / "out" / "a.seg.dcm")
    assert not seg.pixel_array.any()
    assert "PlaneOrientationSequence" in seg.SharedFunctionalGroupsSequence[0]


def test_a_png_costs_only_itself_and_says_what_is_needed(tmp_path, model, capsys):
    films = tmp_path / "films"
    write_square(films / "b.png")
    bright_square(films / "a.dcm")
    assert pleura_predict(films, "--out", tmp_path / "out", "--model", model, "--formats", "mask,seg") == 2
    assert sorted(path.name for path in (tmp_path / "out").glob("*.*.*")) == ["a.mask.png", "a.seg.dcm"]
    assert "[dicom_source]. Give the film as DICOM" in " ".join(capsys.readouterr().err.split())


def test_a_refused_film_has_a_report(tmp_path, model):
    lateral = write(changed(make_dataset(film_values()), {"ViewPosition": "LL"}), tmp_path / "a.dcm")
    assert pleura_predict(lateral, "--out", tmp_path / "out", "--model", model, "--formats", "seg,sr") == 2
    report = dcmread(tmp_path / "out" / "a.sr.dcm")
    assert report.PatientID == "ID-SECRET"
    assert "Not Attempted" in str(report)
