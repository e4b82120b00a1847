"""The record of a run."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from findings import MODEL, absent, noted
from pleura.core.calibration import Platt
from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.rle import decode
from pleura.core.spec import Contrast, DecisionSpec, InputSpec
from pleura.output.run import RunSettings, read_record, refused_record, write_run
from pleura.output.write import UnknownFormat

REFUSED = UnreadableImage("in/c.dcm", Refusal.MODALITY, "CT, not a radiograph", 'Give a "DX" or CR film, frontal.')


@pytest.fixture
def films():
    return [
        read_record(Path("in/a.png"), "a", noted()),
        read_record(Path("in/b.png"), "b", absent()),
        refused_record(Path("in/c.dcm"), "c", REFUSED),
    ]


@pytest.fixture
def run():
    return RunSettings(
        model=MODEL,
        input=InputSpec(side=512, channels=1, contrast=Contrast(kind="declared"), mean=(0.5,), std=(0.25,)),
        decision=DecisionSpec(rule="triplet", bottom=0.1, top=0.3, area=600),
        calibration=Platt(slope=0.5, intercept=-1.0),
        engine="openvino",
        precision="bfloat16",
        formats=("mask", "json", "rle"),
        started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        seconds=1.23456,
        settings={"threads": 2},
    )


def read_rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_film_has_a_row_refused_ones_too(tmp_path, films, run):
    path = write_run(tmp_path, films, run)[0]
    first, second, third = read_rows(path)
    assert (first["status"], first["present"], float(first["probability"])) == ("read", "true", 0.875)
    assert (float(first["score"]), float(first["threshold"]), first["calibrated"]) == (0.875, 0.3, "false")
    assert (first["sides"], first["area_px"], first["warnings"]) == ("right+left", "1275", "voi_ignored")
    assert float(first["area_cm2"]) == pytest.approx(1275 * 0.5 * 0.25 / 100)
    assert (second["present"], second["sides"], second["area_px"], second["area_cm2"]) == ("false", "", "0", "")
    assert (third["status"], third["present"], third["probability"]) == ("modality", "", "")
    assert third["message"] == 'in/c.dcm: CT, not a radiograph. Give a "DX" or CR film, frontal.'


def test_run_length_code_reads_back_as_the_mask_and_leaves_out_the_refused(tmp_path, films, run):
    path = write_run(tmp_path, films, run)[-1]
    assert path.read_text("utf-8").splitlines()[0] == "ImageId,EncodedPixels"
    first, second = read_rows(path)
    assert np.array_equal(decode(first["EncodedPixels"], (96, 128)), noted().mask)
    assert second == {"ImageId": "b", "EncodedPixels": "-1"}


def test_run_length_code_is_written_only_if_wanted(tmp_path, films, run):
    names = [path.name for path in write_run(tmp_path, films, replace(run, formats=("mask",)))]
    assert names == ["results.csv", "manifest.json"]


def test_manifest_says_what_it_takes_to_repeat_the_run(tmp_path, films, run):
    manifest = json.loads(write_run(tmp_path, films, run)[1].read_text("utf-8"))
    assert manifest["notice"] == "Research use. Not a medical device."
    assert manifest["started"] == "2026-01-02T03:04:05+00:00"
    assert manifest["films"] == {"read": 2, "total": 3}
    assert set(manifest["versions"]) >= {"python", "pleura", "numpy", "openvino", "onnxruntime"}
    assert manifest["model"]["sha256"] == MODEL.sha256
    assert DecisionSpec.model_validate(manifest["decision"]) == run.decision
    assert InputSpec.model_validate(manifest["input"]) == run.input
    assert manifest["calibration"] == {"kind": "platt", "slope": 0.5, "intercept": -1.0}
    assert manifest["engine"] == {"name": "openvino", "precision": "bfloat16"}
    assert manifest["results"][0]["timings"] == {"read": 0.0125}
    assert [row["sha256"] for row in manifest["results"]] == ["cd" * 32, "cd" * 32, ""]


def test_a_name_that_is_no_utf8_does_not_stop_the_run(tmp_path, run):
    odd = read_record(Path("b\udcfcrger.png"), "x", absent())
    (row,) = read_rows(write_run(tmp_path, [odd], run)[0])
    assert row["file"] == "b�rger.png"


def test_a_run_over_nothing_has_a_header(tmp_path, run):
    assert read_rows(write_run(tmp_path, [], run)[0]) == []


def test_an_unknown_format_is_refused(tmp_path, films, run):
    with pytest.raises(UnknownFormat):
        write_run(tmp_path, films, replace(run, formats=("gif",)))
