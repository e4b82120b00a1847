"""A predictor: what the network sees is what the finding says, for one model and for blends."""

import dataclasses
import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from films import bright_square
from models import SIDE, make_model
from pleura.core.errors import EngineError, ModelFileError
from pleura.core.postprocess import probabilities
from pleura.core.preprocess import to_network
from pleura.core.spec import Crop, DecisionSpec
from pleura.core.types import Side, Spacing
from pleura.predict import Predictor, load_predictor, one_model
from pleura.predict.loading import kept_predictor
from pleura.runtime import Blend, BlendSpec, EngineChoice, Member, open_engine, with_spec

EXACT = EngineChoice(engine="openvino", precision="float32")
THRESHOLD = DecisionSpec(rule="threshold", bottom=0.5, tta="none")


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx")


def blend_of(models, weights, decision=THRESHOLD):
    members = tuple(
        Member(file=model.path.name, sha256=model.sha256, role="segment", weight=weight)
        for model, weight in zip(models, weights, strict=True)
    )
    spec = BlendSpec(name="both", version="1", decision=decision, members=members)
    return Blend(models[0].path.with_name("both.toml"), "0" * 64, spec, tuple(models))


def test_a_bright_square_is_found_where_it_is(model):
    film = dataclasses.replace(bright_square((256, 320), (64, 32), 80), spacing=Spacing(1.0, 1.5, "test"))
    finding = Predictor(model, EXACT).read(film)
    assert finding.present
    assert finding.score > finding.threshold == 0.7
    (region,) = finding.regions
    assert region.side is Side.RIGHT
    np.testing.assert_allclose(region.box, (64, 32, 144, 112), atol=6)
    assert region.area_cm2 == pytest.approx(region.area_px * 1.5 / 100)
    area = next(measure for measure in finding.measures if measure.name == "area")
    assert (area.value, area.validity) == (pytest.approx(region.area_cm2), "valid")
    assert finding.mask.shape == finding.probabilities.shape == film.shape
    assert (finding.model.name, finding.model.sha256) == ("bright", model.sha256)
    assert finding.notes == film.notes
    assert set(finding.timings) == {"preprocess", "network", "decide", "measure"}


def test_a_dark_film_has_no_finding(model):
    finding = Predictor(model, EXACT).read(bright_square((256, 256), (0, 0), 0))
    assert not finding.present
    assert finding.score <= finding.threshold
    assert not finding.mask.any()
    assert finding.regions == ()


@pytest.mark.parametrize("choice", [EXACT, EngineChoice()], ids=["float32", "auto"])
def test_the_same_film_gives_the_same_finding(model, choice):
    film = bright_square((300, 300), (100, 200), 70)
    first, second = Predictor(model, choice).read(film), Predictor(model, choice).read(film)
    np.testing.assert_array_equal(first.probabilities, second.probabilities)
    np.testing.assert_array_equal(first.mask, second.mask)
    assert first.score == second.score


@pytest.mark.parametrize(
    "choice", [EXACT, EngineChoice(engine="onnxruntime", device="cpu", threads=1)], ids=lambda c: c.engine
)
def test_threads_share_a_predictor(model, choice):
    predictor = Predictor(model, choice)
    films = [bright_square((300, 300), (10 * index, 100), 70) for index in range(12)]
    alone = [predictor.read(film).mask for film in films]
    with ThreadPoolExecutor(4) as pool:
        together = [finding.mask for finding in pool.map(predictor.read, films)]
    np.testing.assert_array_equal(together, alone)


def test_a_network_that_gives_no_numbers_is_no_healthy_film(tmp_path):
    model = make_model(tmp_path / "m.onnx", tilt=np.nan)
    with pytest.raises(EngineError, match="no numbers"):
        Predictor(model, EXACT).read(bright_square((200, 200), (50, 50), 60))


def test_flip_averages_with_the_mirrored_film(tmp_path):
    model = make_model(tmp_path / "m.onnx", tilt=0.2)
    film = bright_square((SIDE, SIDE), (10, 10), 30)
    predictor, engine = Predictor(model, EXACT), open_engine(model, EXACT)
    seen = to_network(film, model.spec.input)
    plain = probabilities(engine.run(seen[None])["logits"])[0, 0]
    mirrored = probabilities(engine.run(np.ascontiguousarray(seen[None, ..., ::-1]))["logits"])[0, 0]
    assert np.abs(plain - mirrored[:, ::-1]).max() > 0.1
    np.testing.assert_allclose(predictor.maps(film, tta="none").mask, plain, atol=1e-6)
    np.testing.assert_allclose(predictor.maps(film).mask, (plain + mirrored[:, ::-1]) / 2, atol=1e-6)


def test_a_finding_shows_itself_as_a_picture(model):
    finding = Predictor(model, EXACT).read(bright_square((200, 200), (50, 50), 60))
    assert finding._repr_png_().startswith(b"\x89PNG")


def test_a_blend_averages_its_members_by_weight(tmp_path):
    models = [make_model(tmp_path / "a.onnx", tilt=0.1), make_model(tmp_path / "b.onnx", tilt=-0.3)]
    film = bright_square((200, 200), (50, 50), 60)
    first, second = (Predictor(model, EXACT).maps(film, tta="none").mask for model in models)
    blended = Predictor(blend_of(models, (3.0, 1.0)), EXACT)
    np.testing.assert_allclose(blended.maps(film).mask, 0.75 * first + 0.25 * second, atol=1e-6)
    assert blended.decision == THRESHOLD
    assert blended.identity.name == "both"


def test_members_of_other_sides_and_crops_find_the_same_place(tmp_path):
    small = make_model(tmp_path / "a.onnx", side=64)
    cropped = small.spec.input.model_copy(update={"crop": Crop(top=0.1, bottom=0.9, left=0.0, right=0.8)})
    models = [
        with_spec(small, small.spec.model_copy(update={"input": cropped}), tmp_path / "a.onnx"),
        make_model(tmp_path / "b.onnx", side=128),
    ]
    predictor = Predictor(blend_of(models, (1.0, 1.0)), EXACT)
    finding = predictor.read(bright_square((512, 512), (128, 64), 160))
    assert (predictor.spec.side, predictor.spec.crop) == (128, None)
    np.testing.assert_allclose(finding.regions[0].box, (128, 64, 288, 224), atol=8)


def test_several_models_without_a_blend_are_refused(model, tmp_path):
    assert one_model([]) is None
    assert one_model([model.path]) == model.path
    with pytest.raises(ModelFileError, match="blend"):
        one_model([model.path, tmp_path / "other.onnx"])


def test_a_predictor_is_kept_until_its_file_changes(model):
    kept = kept_predictor(model.path)
    assert kept_predictor(model.path) is kept
    assert kept.shipped_lungs is not None
    assert kept_predictor(model.path, lungs=False).shipped_lungs is None
    with_spec(model, model.spec.model_copy(update={"version": "1.0.1"}), model.path)
    assert kept_predictor(model.path).identity.version == "1.0.1"


def test_a_predictor_names_the_file_it_was_read_from(model):
    predictor = load_predictor(model.path, EXACT)
    assert predictor.identity.sha256 == hashlib.sha256(model.path.read_bytes()).hexdigest()
    assert (predictor.engine, predictor.device, predictor.precision) == ("openvino", "cpu", "float32")
