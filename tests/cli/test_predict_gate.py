"""`pleura predict` and the gate: refusals, warnings and the view, in words, tables, JSON and DICOM."""

import csv
import json

import cv2
import numpy as np
import pytest
from pydicom import dcmread

from dicom_maker import sample
from pleura.cli import build_app
from pleura.cli.console import run
from pleura.predict.gate import load_gate

ONE_THREAD = ("--threads", "1")


def predict(*arguments):
    return run(build_app(), ["predict", *map(str, arguments), *ONE_THREAD])


def rows(out):
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def noise(tmp_path):
    path = tmp_path / "noise.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8))
    return path


@pytest.fixture
def chest(tmp_path):
    """A frontal film whose header tells no view."""
    film = dcmread(sample("RG1_UNCR.dcm"))
    film.ViewPosition = ""
    if "ViewCodeSequence" in film:
        del film.ViewCodeSequence
    film.save_as(tmp_path / "chest.dcm")
    return tmp_path / "chest.dcm"


def test_what_is_no_chest_costs_itself_alone_and_says_why(tmp_path, noise, chest, capsys):
    out = tmp_path / "out"
    assert predict(noise, chest, "--out", out) == 2
    by_stem = {row["stem"]: row for row in rows(out)}
    assert by_stem["noise"]["status"] == "not_frontal_chest"
    assert "--no-gate" in by_stem["noise"]["message"]
    assert by_stem["chest"]["status"] == "read"
    assert not list(out.glob("noise*"))
    assert "does not look like a frontal chest film" in capsys.readouterr().err


def test_no_gate_reads_it_all_the_same_and_the_manifest_tells(tmp_path, noise):
    assert predict(noise, "--no-gate", "--out", tmp_path / "out") == 0
    (row,) = rows(tmp_path / "out")
    assert row["status"] == "read"
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["settings"]["gate"] is None


def test_the_view_that_a_header_lacks_is_filled_and_noted(tmp_path, chest):
    out = tmp_path / "out"
    assert predict(chest, "--out", out) == 0
    (row,) = rows(out)
    assert row["view"] == "PA"
    codes = row["warnings"].split()
    assert "view_from_picture" in codes
    assert "view_unknown" not in codes
    told = json.loads((out / "chest.json").read_text("utf-8"))
    assert any("by the gate" in warning["text"] for warning in told["warnings"])
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["settings"]["gate"] == load_gate().sha256


def test_a_refusal_by_content_is_a_report_too(tmp_path, chest):
    """A chest with its header and the pixels of noise."""
    film = dcmread(chest)
    grain = np.random.default_rng(0).integers(0, 2**film.BitsStored, (film.Rows, film.Columns))
    film.PixelData = grain.astype(np.uint16).tobytes()
    film.save_as(tmp_path / "grain.dcm")
    out = tmp_path / "out"
    assert predict(tmp_path / "grain.dcm", "--out", out, "--formats", "sr") == 2
    texts = [each.value for each in dcmread(out / "grain.sr.dcm").iterall() if each.keyword == "TextValue"]
    assert any("does not look like a frontal chest film" in text for text in texts)
