"""Films that are read together are read as each alone, also with refused and ruled out ones among them."""

import csv
import dataclasses
import functools
from pathlib import Path

import numpy as np
import pytest

from blends import PLAIN, blend_of, cropped_to_lungs
from cascades import DECISION, make_cascade
from dicom_maker import sample
from films import bright_square
from models import make_model, make_network, make_spec
from pleura.core.errors import EngineError, UnreadableImage
from pleura.core.spec import Patch
from pleura.image import read_film
from pleura.predict import Predictor, load_predictor
from pleura.predict.gate import load_gate
from pleura.runtime import EngineChoice, write_model

EXACT = EngineChoice(engine="onnxruntime", device="cpu", threads=1)
CLOSE = 1e-4
FILMS = [
    bright_square((256, 256), (64, 32), 100),
    bright_square((300, 200), (150, 60), 120),
    bright_square((128, 320), (0, 0), 0),
    bright_square((200, 260), (20, 110), 90),
]


def tried(predictor, film):
    try:
        return predictor.read(film)
    except UnreadableImage as error:
        return error


def assert_read_as_alone(predictor, films):
    """Read films together and each alone; gives what they are alone."""
    alone = [tried(predictor, film) for film in films]
    for expected, found in zip(alone, predictor.read_together(films), strict=True):
        if isinstance(expected, UnreadableImage):
            assert isinstance(found, UnreadableImage)
            assert str(found) == str(expected)
            continue
        assert (found.present, found.notes) == (expected.present, expected.notes)
        assert found.score == pytest.approx(expected.score, abs=CLOSE)
        np.testing.assert_array_equal(found.mask, expected.mask)
        np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=CLOSE)
        assert set(found.timings) == set(expected.timings)
    return alone


def other(film, pixels):
    """The same film with other pixels."""
    return dataclasses.replace(film, pixels=np.ascontiguousarray(pixels))


def noise(film):
    """What no gate takes for a chest."""
    return other(film, np.random.default_rng(0).random((300, 300), dtype=np.float32))


@functools.cache
def chest():
    film = read_film(sample("RG1_UNCR.dcm"))
    return other(film, film.pixels[::3, ::3])


def plain(folder):
    return make_model(folder / "m.onnx", tilt=0.2)


def several_scales(folder):
    decision = DECISION.model_copy(update={"tta": "flip", "scales": (0.5, 1.0, 1.6)})
    return write_model(make_network(None, tilt=0.2), make_spec(decision=decision), folder / "m.onnx")


def windows(folder):
    spec = make_spec(decision=DECISION.model_copy(update={"tta": "flip"}), patch=Patch(side=32, overlap=0.5))
    return write_model(make_network(32, tilt=0.2), spec, folder / "m.onnx")


def every_role(folder):
    """Each film is cropped to lungs of its own, or to none."""
    label = make_model(folder / "label.onnx", side=32, tilt=0.3, heads=("label",))
    lungs, whole = make_model(folder / "lungs.onnx", decision=PLAIN), make_model(folder / "whole.onnx", side=96)
    seeing = cropped_to_lungs(folder / "seeing.onnx", margin=0.1)
    cast = [(seeing, "segment", 1.0), (whole, "segment", 2.0), (label, "classify", 1.0), (lungs, "lungs", 1.0)]
    return blend_of(folder, cast, PLAIN)


@pytest.mark.parametrize("make", [plain, several_scales, windows, every_role])
def test_films_of_other_sizes_are_read_as_alone(tmp_path, make):
    findings = assert_read_as_alone(Predictor(make(tmp_path), EXACT), FILMS)
    assert [finding.present for finding in findings] == [True, True, False, True]


def test_one_refused_and_one_ruled_out_in_the_middle_cost_themselves_alone(tmp_path):
    predictor = Predictor(make_cascade(tmp_path), EXACT, load_gate())
    dark, low = other(chest(), chest().pixels * 0.3), other(chest(), chest().pixels[:-40])
    read = assert_read_as_alone(predictor, [chest(), noise(chest()), dark, low])
    assert read[1].code == "not_frontal_chest"
    findings = [read[0], *read[2:]]
    assert [found.notes[0].code == "ruled_out" for found in findings] == [False, True, False]
    assert ["network" in found.timings for found in findings] == [True, False, True]


@pytest.mark.parametrize("engine", ["openvino", pytest.param("onnxruntime", marks=pytest.mark.long)])
def test_the_models_that_ship_read_a_mixed_group_as_each_film_alone(shared_data, engine):
    with (shared_data / "labelled" / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] == "pos"][:2]
    first, second = (read_film(shared_data / "labelled" / "images" / row["file"]) for row in rows)
    predictor = load_predictor(Path("default-cascade"), EngineChoice(engine, "float32", "cpu", 1))
    group = [first, noise(first), chest(), other(second, second.pixels[:960])]
    read = assert_read_as_alone(predictor, group)
    assert read[1].code == "not_frontal_chest"
    assert "ruled_out" in [note.code for note in read[2].notes]
    assert [read[0].present, read[3].present] == [True, True]


def test_nothing_to_read_and_nothing_that_passes_run_no_network(tmp_path):
    predictor = Predictor(make_cascade(tmp_path), EXACT)
    assert predictor.read_together([]) == []
    (finding,) = predictor.read_together([bright_square((256, 256), (0, 0), 0)])
    assert "network" not in finding.timings


def test_the_network_s_time_is_shared_evenly(tmp_path):
    first, *others = Predictor(plain(tmp_path), EXACT).read_together(FILMS)
    assert first.timings["network"] > 0
    assert {finding.timings["network"] for finding in others} == {first.timings["network"]}
    assert len({finding.timings["preprocess"] for finding in (first, *others)}) > 1


def test_no_numbers_on_one_film_end_the_group(tmp_path):
    model = make_model(tmp_path / "m.onnx")
    broken = other(FILMS[1], np.full((64, 64), np.nan, np.float32))
    with pytest.raises(EngineError, match="no numbers"):
        Predictor(model, EXACT).read_together([FILMS[0], broken, FILMS[2]])
