"""`pleura predict` reads as many films at once as were saved, and each is written as if it were read alone."""

import csv
import json

import numpy as np
import pytest
from pydicom import dcmread

from cascades import make_cascade
from dicom_maker import sample
from films import write_square
from pleura.cli import build_app
from pleura.cli.console import run
from pleura.image import read_film
from pleura.output.png import mask_png
from pleura.predict import Predictor, load_predictor
from pleura.runtime import EngineChoice
from pleura.runtime.saved import Fingerprint, SavedEngine, save_engine

STATUS = ["read", "not_an_image", "not_frontal_chest", "dicom_source", "read", "read"]
GATED = {1: [1, 1, 1, 1], 4: [2, 2]}
"""How many films of each group come as far as the gate, by how many are read at once."""


@pytest.fixture
def films(tmp_path):
    """A film that is read first and last, and between them one refusal of each kind, and one that is ruled out."""
    folder = tmp_path / "films"
    write_square(folder / "d.png")  # No DICOM film, and a report is asked for.
    (folder / "b.dcm").write_bytes(b"no film at all")
    film = dcmread(sample("RG1_UNCR.dcm"))
    values = film.pixel_array[::3, ::3]
    grain = np.random.default_rng(0).integers(0, 2**film.BitsStored, values.shape)
    for name, pixels in {
        "a": values,
        "c": grain,
        "e": values.max() - (values.max() - values) // 4,
        "f": values[:-40],
    }.items():
        film.Rows, film.Columns = pixels.shape
        film.PixelData = pixels.astype(np.uint16).tobytes()
        film.save_as(folder / f"{name}.dcm")
    return folder


def predict(films, out, at_once, monkeypatch):
    """What a run with this many films at once wrote, and its manifest."""
    monkeypatch.setenv("PLEURA_CONFIG", str(out.with_suffix(".toml")))
    content = {"engine": "onnxruntime", "precision": "float32", "device": "cpu", "threads": 1, "batch": at_once}
    save_engine(SavedEngine(**content, model="m", machine=Fingerprint.here()))
    model = make_cascade(out.parent).path
    arguments = ["predict", films, "--out", out, "--model", model, "--formats", "json,mask,sr", "--json"]
    assert run(build_app(), [str(each) for each in arguments]) == 2
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file)), json.loads((out / "manifest.json").read_text("utf-8"))


@pytest.mark.parametrize("at_once", GATED)
def test_a_refused_film_in_the_middle_of_a_group_costs_itself_alone(tmp_path, films, monkeypatch, capsys, at_once):
    gated, real = [], Predictor.read_together
    monkeypatch.setattr(Predictor, "read_together", lambda self, some: gated.append(len(some)) or real(self, some))
    rows, manifest = predict(films, tmp_path / "out", at_once, monkeypatch)
    assert [count for count in gated if count] == GATED[at_once]
    assert manifest["settings"]["films_at_once"] == at_once
    assert manifest["films"] == {"read": 3, "total": 6}
    assert [(row["stem"], row["status"]) for row in rows] == list(zip("abcdef", STATUS, strict=True))
    assert ["ruled_out" in row["warnings"] for row in rows] == [False] * 4 + [True, False]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in lines] == [row["file"] for row in rows]
    assert [line.get("refused", "read") for line in lines] == STATUS
    predictor = load_predictor(tmp_path / "cascade.toml", EngineChoice("onnxruntime", "float32", "cpu", 1))
    for stem in "aef":
        alone = predictor.read(read_film(films / f"{stem}.dcm"))
        told = json.loads((tmp_path / "out" / f"{stem}.json").read_text("utf-8"))
        assert told["score"] == pytest.approx(alone.score, abs=1e-4)
        assert told["present"] == alone.present
        assert (tmp_path / "out" / f"{stem}.mask.png").read_bytes() == mask_png(alone.mask)
    assert {path.name for path in (tmp_path / "out").glob("*.sr.dcm")} == {f"{stem}.sr.dcm" for stem in "acef"}
