"""Hemithoraces at native size, by a model that takes what is bright for the lungs, and by the one that ships."""

import dataclasses

import numpy as np
import pytest

from films import bright_square
from models import make_model
from pleura.core.errors import ModelFileError
from pleura.core.spec import DecisionSpec
from pleura.predict import Predictor, load_predictor, shipped_models
from pleura.predict.clock import Clock
from pleura.predict.lungs import SHIPPED_LUNGS, LungFinder, ShippedLungs
from pleura.runtime import BlendSpec, EngineChoice, Member, read_model, with_spec
from pleura.runtime.blend import Blend, write_blend

EXACT = EngineChoice(engine="onnxruntime", device="cpu", threads=1)
PLAIN = DecisionSpec(rule="threshold", bottom=0.5, tta="none")
MOST_BYTES = 10e6


def film_of(pixels):
    return dataclasses.replace(bright_square((64, 64), (0, 0), 8), pixels=pixels.astype(np.float32))


@pytest.fixture
def finder(tmp_path):
    return LungFinder(make_model(tmp_path / "lungs.onnx", decision=PLAIN), EXACT)


def test_two_bright_fields_become_two_hemithoraces_at_native_size(finder):
    pixels = np.zeros((300, 400))
    pixels[60:240, 60:160], pixels[60:240, 240:340] = 1, 1
    found = finder.hemithoraces(film_of(pixels), Clock())
    assert found.right.shape == found.left.shape == (300, 400)
    assert not found.told
    for mask, columns in ((found.right, (60, 160)), (found.left, (240, 340))):
        rows, across = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert (rows[0], rows[-1] + 1) == pytest.approx((60, 240), abs=5)
        assert (across[0], across[-1] + 1) == pytest.approx(columns, abs=7)


def test_fields_that_touch_share_no_pixel_and_lose_none(finder):
    pixels = np.zeros((300, 400))
    pixels[60:240, 60:160], pixels[60:240, 240:340], pixels[180:240, 160:240] = 1, 1, 1
    found = finder.hemithoraces(film_of(pixels), Clock())
    assert not (found.right & found.left).any()
    both = found.right | found.left
    assert both[190:230, 80:320].all()


@pytest.mark.parametrize("first", [40, 240], ids=["right", "left"])
def test_one_field_alone_leaves_the_other_side_empty(finder, first):
    pixels = np.zeros((300, 400))
    pixels[60:240, first : first + 100] = 1
    found = finder.hemithoraces(film_of(pixels), Clock())
    assert found.right.any() is np.bool_(first == 40)
    assert found.left.any() is np.bool_(first == 240)


def test_a_film_without_lungs_has_no_hemithoraces(finder):
    assert finder.hemithoraces(film_of(np.zeros((300, 400))), Clock()) is None


def test_the_shipped_model_is_small_says_what_it_finds_and_is_none_of_pneumothorax():
    model = read_model(SHIPPED_LUNGS)
    assert model.spec.finds == "lungs"
    assert len(model.content) <= MOST_BYTES
    assert SHIPPED_LUNGS not in shipped_models()
    for beside in ("lungs.md", "lungs.LICENCE.md"):
        assert "CC BY-NC-SA" in SHIPPED_LUNGS.with_name(beside).read_text("utf-8")
    assert "lungs.LICENCE.md" in model.spec.licence


def test_the_shipped_model_is_opened_once_and_by_the_first_who_asks():
    lungs = ShippedLungs(EXACT)
    assert "finder" not in vars(lungs)
    assert lungs.finder is lungs.finder
    assert lungs.finder.sha256 == read_model(SHIPPED_LUNGS).sha256


def test_a_model_of_the_lungs_outlines_nothing_in_a_blend(tmp_path):
    model = make_model(tmp_path / "lungs.onnx", decision=PLAIN)
    lungs = with_spec(model, model.spec.model_copy(update={"finds": "lungs"}), tmp_path / "lungs.onnx")
    other = make_model(tmp_path / "other.onnx", decision=PLAIN, tilt=0.1)
    members = tuple(Member(file=each.path.name, sha256=each.sha256, role="segment") for each in (lungs, other))
    spec = BlendSpec(name="b", version="1", decision=PLAIN, members=members)
    with pytest.raises(ModelFileError, match=r"lungs\.onnx outlines the lungs"):
        write_blend(Blend(tmp_path / "b.toml", "", spec, (lungs, other)), spec, tmp_path / "b.toml")


def test_only_a_film_with_a_finding_opens_the_lungs(tmp_path):
    lungs = ShippedLungs(EXACT)
    predictor = Predictor(make_model(tmp_path / "m.onnx", decision=PLAIN), EXACT, shipped_lungs=lungs)
    assert "lungs" not in predictor.read(film_of(np.zeros((300, 400)))).timings
    assert "finder" not in vars(lungs)
    found = predictor.read(bright_square((300, 400), (60, 60), 100))
    assert set(found.timings) == {"preprocess", "network", "decide", "lungs", "measure"}
    assert "finder" in vars(lungs)
    assert predictor.lungs_sha256 == read_model(SHIPPED_LUNGS).sha256


def test_a_blend_s_own_lungs_tell_the_hemithoraces(tmp_path):
    model = make_model(tmp_path / "m.onnx", decision=PLAIN)
    lungs = make_model(tmp_path / "lungs.onnx", decision=PLAIN, tilt=0.1)
    members = (
        Member(file="m.onnx", sha256=model.sha256, role="segment"),
        Member(file="lungs.onnx", sha256=lungs.sha256, role="lungs"),
    )
    spec = BlendSpec(name="b", version="1", decision=PLAIN, members=members)
    blend = write_blend(Blend(tmp_path / "b.toml", "", spec, (model, lungs)), spec, tmp_path / "b.toml")
    predictor = Predictor(blend, EXACT, shipped_lungs=ShippedLungs(EXACT))
    assert predictor.lungs_sha256 == lungs.sha256
    finding = predictor.read(bright_square((300, 400), (60, 60), 100))
    (share,) = (each for each in finding.measures if each.name == "hemithorax_percent")
    assert share.validity == "valid"
    assert share.value > 90
    without = Predictor(blend, EXACT).read(bright_square((300, 400), (60, 60), 100))
    (unsaid,) = (each for each in without.measures if each.name == "hemithorax_percent")
    assert unsaid.reason == "the hemithorax is not outlined"


def test_a_model_of_the_lungs_is_refused_where_a_pneumothorax_is_asked():
    with pytest.raises(ModelFileError, match=r"lungs\.onnx: outlines the lungs and no pneumothorax"):
        load_predictor(SHIPPED_LUNGS, EXACT, gate=False)
