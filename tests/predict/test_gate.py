"""The gate: what it refuses, what it only warns of, and what it never says; rules first, then the shipped one."""

import csv
import dataclasses
import functools

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_maker import sample
from films import bright_square
from gates import POINTS, USUAL, grey_film, make_gate
from models import make_model
from pleura.core.errors import EngineError, Refusal, UnreadableImage
from pleura.core.gate import TURNS
from pleura.core.types import Note, View
from pleura.image import read_film
from pleura.predict import Predictor, load_predictor
from pleura.predict.gate import SHIPPED_GATE, load_gate, verdict_of
from pleura.runtime import EngineChoice

logit = st.floats(-60, 60, width=32)


def notes_of(film, code):
    return [note.text for note in film.notes if note.code == code]


@given(frontal=logit, pa=logit, turn=st.lists(logit, min_size=4, max_size=4), mirrored=logit, inverted=logit)
def test_a_verdict_follows_the_set_points_alone(frontal, pa, turn, mirrored, inverted):
    said = {"frontal": [frontal], "pa": [pa], "turn": [turn], "mirrored": [mirrored], "inverted": [inverted]}
    verdict = verdict_of({name: np.array(values, np.float32) for name, values in said.items()}, POINTS)
    assert verdict.passes == (verdict.frontal >= POINTS.frontal)
    assert verdict.turn in TURNS
    assert 0.5 <= verdict.view_probability <= 1
    assert (verdict.view is View.UNKNOWN) == (verdict.view_probability < POINTS.view)
    assert not (verdict.turn and verdict.heart_at_left)
    if verdict.view is not View.UNKNOWN:
        assert (verdict.view is View.PA) == (pa > 0)


def test_what_is_no_frontal_film_is_refused_with_the_reason_and_the_way_out(tmp_path):
    with pytest.raises(UnreadableImage) as caught:
        make_gate(tmp_path, frontal=(0.0,)).admit(grey_film())
    assert caught.value.refusal is Refusal.NOT_FRONTAL_CHEST
    said = str(caught.value)
    assert "in/film.png" in said
    assert "0.500, passes from 0.600" in said
    assert "--no-gate" in said


def test_a_sound_film_passes_unchanged(tmp_path):
    film = grey_film(View.AP, (Note("x", "kept"),))
    admitted = make_gate(tmp_path).admit(film)
    assert (admitted.view, admitted.notes) == (film.view, film.notes)
    assert admitted.pixels is film.pixels


def test_the_header_s_view_stands_whatever_the_picture_looks_like(tmp_path):
    assert make_gate(tmp_path, pa=(9.0,)).admit(grey_film(View.AP)).view is View.AP


@pytest.mark.parametrize(("pa", "view"), [(5.0, View.PA), (-5.0, View.AP)])
def test_a_view_that_the_file_lacks_comes_from_the_picture_and_a_note_says_so(tmp_path, pa, view):
    unknown = Note("view_unknown", "The file does not say.")
    film = make_gate(tmp_path, pa=(pa,)).admit(grey_film(notes=(unknown, Note("x", "kept"))))
    assert film.view is view
    assert [note.code for note in film.notes] == ["x", "view_from_picture"]
    assert view.value in film.notes[-1].text


def test_an_unsure_gate_leaves_the_view_unknown(tmp_path):
    unknown = Note("view_unknown", "The file does not say.")
    film = make_gate(tmp_path, pa=(1.0,)).admit(grey_film(notes=(unknown,)))
    assert (film.view, film.notes) == (View.UNKNOWN, (unknown,))


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_turned_film_gets_a_warning_with_the_angle_and_is_not_mended(tmp_path, turn):
    logits = tuple(6.0 * (at == turn) for at in range(4))
    film = grey_film(View.PA)
    admitted = make_gate(tmp_path, turn=logits, mirrored=(9.0,)).admit(film)
    (text,) = notes_of(admitted, "orientation")
    assert f"{TURNS[turn]} degrees" in text
    assert admitted.pixels is film.pixels


def test_an_inverted_film_gets_a_warning_and_is_not_mended(tmp_path):
    film = grey_film(View.PA)
    admitted = make_gate(tmp_path, inverted=(5.0,)).admit(film)
    (text,) = notes_of(admitted, "orientation")
    assert "Black and white" in text
    assert admitted.pixels is film.pixels


def test_a_heart_at_the_left_is_never_called_a_mirrored_film(tmp_path):
    film = grey_film(View.PA)
    admitted = make_gate(tmp_path, mirrored=(20.0,)).admit(film)
    (text,) = notes_of(admitted, "orientation")
    assert "situs inversus" in text
    assert "cannot tell" in text
    assert "mirrored" not in text.lower()
    assert admitted.pixels is film.pixels


def test_a_gate_without_numbers_is_an_error_and_no_verdict(tmp_path):
    with pytest.raises(EngineError, match="no numbers"):
        make_gate(tmp_path, pa=(float("nan"),)).admit(grey_film())


def test_a_predictor_asks_its_gate_first_and_times_it(tmp_path):
    model, film = make_model(tmp_path / "m.onnx"), bright_square((256, 256), (64, 32), 80)
    choice = EngineChoice(engine="onnxruntime")
    finding = Predictor(model, choice, make_gate(tmp_path)).read(film)
    assert finding.film.view is View.PA
    assert next(iter(finding.timings)) == "gate"
    with pytest.raises(UnreadableImage):
        Predictor(model, choice, make_gate(tmp_path, frontal=(-9.0,))).read(film)


def test_usual_logits_are_those_of_an_upright_film():
    verdict = verdict_of({name: np.array([values], np.float32).reshape((1, -1) if name == "turn" else (1,))
                          for name, values in USUAL.items()}, POINTS)  # fmt: skip
    assert (verdict.passes, verdict.view, verdict.turn, verdict.inverted) == (True, View.PA, 0, False)


@functools.cache
def shipped(engine="openvino"):
    return load_gate(EngineChoice(engine=engine, threads=1))


@functools.cache
def chest():
    """A frontal CR film of the pydicom-data wheel, from which the gate learned nothing."""
    return read_film(sample("RG1_UNCR.dcm"))


def with_pixels(film, pixels):
    return dataclasses.replace(film, pixels=np.ascontiguousarray(pixels), voi=None)


def test_the_shipped_gate_is_small_and_names_where_it_comes_from():
    assert len(SHIPPED_GATE.read_bytes()) <= 5e6
    spec = shipped().spec
    assert spec.input.side == 128
    assert min(spec.training.pictures["nih"], spec.training.set_on["nih"]) > 100
    passed, total = spec.figures["frontal films pass"]
    assert passed >= 0.99 * total


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_frontal_film_passes_without_a_warning_on_either_engine(engine):
    verdict = shipped(engine).look(chest())
    assert verdict.passes
    assert (verdict.view, verdict.turn, verdict.heart_at_left, verdict.inverted) == (View.PA, 0, False, False)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_the_shipped_gate_notices_a_turned_film_and_lets_it_pass(turn):
    verdict = shipped().look(with_pixels(chest(), np.rot90(chest().pixels, turn)))
    assert verdict.passes
    assert verdict.turn == TURNS[turn]


def test_the_shipped_gate_notices_an_inverted_film_and_lets_it_pass():
    verdict = shipped().look(with_pixels(chest(), 1 - chest().pixels))
    assert verdict.passes
    assert verdict.inverted


def test_an_orientation_that_is_wrong_by_content_is_a_warning_in_the_finding():
    predictor = load_predictor(choice=EngineChoice(threads=1))
    finding = predictor.read(with_pixels(chest(), np.rot90(chest().pixels, 2)))
    assert any("180 degrees" in text for text in notes_of(finding.film, "orientation"))
    assert "orientation" in [note.code for note in finding.notes]


@given(seed=st.integers(0, 2**32 - 1), cells=st.integers(2, 100))
def test_noise_of_any_grain_is_no_chest(seed, cells):
    coarse = np.random.default_rng(seed).random((cells, cells), dtype=np.float32)
    noise = np.clip(cv2.resize(coarse, (300, 300), interpolation=cv2.INTER_CUBIC), 0, 1)
    assert not shipped().look(grey_film(pixels=noise)).passes


@pytest.mark.parametrize("name", ["RG3_UNCR.dcm", "CT_small.dcm", "US1_UNCR.dcm", "MR2_UNCR.dcm"])
def test_an_extremity_a_slice_and_ultrasound_are_refused(name):
    """The gate learned from these very pictures: what it does with others, its card says."""
    from pleura.train.gate.pictures import dicom_picture

    picture = dicom_picture(name)
    assert not shipped().look(grey_film(pixels=picture.pixels)).passes


def test_laterals_and_slices_are_refused_and_held_out_films_pass(shared_data):
    """Laterals and slices are those it learned from; the frontal films are none of those."""
    folder = shared_data / "not-frontal-cxr"
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        others = [folder / "images" / row["file"] for row in csv.DictReader(file)][::6]
    frontal = sorted((shared_data / "labelled").rglob("*.png"))[::6]
    assert min(len(others), len(frontal)) >= 8
    assert not [path.name for path in others if shipped().look(read_film(path)).passes]
    assert not [path.name for path in frontal if not shipped().look(read_film(path)).passes]


def test_situs_inversus_passes_with_no_more_than_a_note(shared_data):
    """A mirrored film is all there is of situs inversus here; to a picture both are one and the same."""
    films = sorted((shared_data / "labelled").rglob("*.png"))[::5]
    mirrored = [with_pixels(film, film.pixels[:, ::-1]) for film in map(read_film, films)]
    texts = [notes_of(shipped().admit(film), "orientation") for film in mirrored]
    assert sum(map(bool, texts)) >= len(films) / 2
    assert all("situs inversus" in text for found in texts for text in found)
