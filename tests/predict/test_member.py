"""How a film is looked at: mirrored, at several scales, in windows, and with every head of the network."""

import numpy as np
import pytest

from films import bright_square
from models import SIDE, make_model, make_network, make_spec
from pleura.core.errors import EngineError, ModelFileError
from pleura.core.patches import cut_patches, join_patches
from pleura.core.postprocess import average, film_maps, fold_flips, lay_over
from pleura.core.preprocess import to_network
from pleura.core.spec import DecisionSpec, Patch
from pleura.predict import Predictor
from pleura.runtime import EngineChoice, open_engine, with_spec, write_model

EXACT = EngineChoice(engine="onnxruntime", device="cpu", threads=1)
FILM = bright_square((SIDE * 2, SIDE * 2), (20, 20), 60)
PLAIN = DecisionSpec(rule="threshold", bottom=0.5, tta="none")
SCALED = PLAIN.model_copy(update={"scales": (0.5, 1.0, 1.6)})
HEADS = ("label", "distance")


def assert_same(first, second):
    np.testing.assert_allclose(first.mask, second.mask, atol=1e-6)
    if second.distance is not None:
        np.testing.assert_allclose(first.distance, second.distance, atol=1e-6)
    assert first.label == pytest.approx(second.label, abs=1e-6)


def told(model, spec):
    """What the bare network says of the film under a spec."""
    return film_maps(open_engine(model, EXACT).run(to_network(FILM, spec)[None]))[0]


def test_every_head_is_told_and_averaged_over_the_mirrored_film(tmp_path):
    model = make_model(tmp_path / "m.onnx", tilt=1.0, heads=HEADS)
    lopsided = bright_square((SIDE, SIDE), (10, 0), 30)
    seen = to_network(lopsided, model.spec.input)
    plain, mirrored = film_maps(open_engine(model, EXACT).run(np.stack((seen, seen[..., ::-1]))))
    predictor = Predictor(model, EXACT)
    assert_same(predictor.maps(lopsided, tta="none"), plain)
    assert_same(predictor.maps(lopsided, tta="flip"), fold_flips(plain, mirrored))
    assert abs(plain.label - mirrored.label) > 1e-3
    assert np.abs(plain.distance - mirrored.distance[:, ::-1]).max() > 0.1


def test_scales_average_over_the_film_read_larger_and_smaller(tmp_path):
    spec = make_spec(decision=SCALED, heads=HEADS)
    model = write_model(make_network(None, heads=HEADS), spec, tmp_path / "m.onnx")
    specs = [spec.input.at_scale(scale) for scale in SCALED.scales]
    assert [each.side for each in specs] == [32, 64, 96]
    seen = [lay_over(told(model, each), SIDE, each) for each in specs]
    maps = Predictor(model, EXACT).maps(FILM)
    assert_same(maps, average(seen, (1, 1, 1)))
    assert np.abs(maps.mask - seen[1].mask).max() > 0.05


def test_a_model_for_one_side_is_refused_where_its_decision_has_scales(tmp_path):
    model = make_model(tmp_path / "m.onnx", decision=SCALED)
    with pytest.raises(ModelFileError, match=r"takes films of 64 px alone, .* at 32 px too"):
        Predictor(model, EXACT)


def test_a_grid_is_read_in_windows_that_are_joined(tmp_path):
    patch = Patch(side=32, overlap=0.5)
    spec = make_spec(decision=PLAIN, heads=HEADS, patch=patch)
    model = write_model(make_network(32, tilt=0.2, heads=HEADS), spec, tmp_path / "m.onnx")
    cut = cut_patches(to_network(FILM, spec.input)[None], patch)
    assert len(cut) == 9
    said = open_engine(model, EXACT).run(cut)
    maps = Predictor(model, EXACT).maps(FILM)
    assert_same(maps, film_maps(join_patches(said, SIDE, patch))[0])
    # A convolution sees beyond its window only at the window's edge, where the Gaussian leaves it no say.
    whole = make_model(tmp_path / "whole.onnx", tilt=0.2, decision=PLAIN)
    np.testing.assert_allclose(maps.mask[4:-4, 4:-4], told(whole, whole.spec.input).mask[4:-4, 4:-4], atol=2e-3)


def test_windows_of_a_larger_grid_are_read_by_the_same_network(tmp_path):
    spec = make_spec(decision=SCALED, patch=Patch(side=32, overlap=0.25))
    model = write_model(make_network(32), spec, tmp_path / "m.onnx")
    assert Predictor(model, EXACT).read(FILM).present


def test_the_heads_decide(tmp_path):
    model = make_model(tmp_path / "m.onnx", heads=HEADS)
    label = Predictor(model, EXACT).maps(FILM, tta="none").label
    for gate, present in ((label - 0.01, True), (label + 0.01, False)):
        gated = DecisionSpec(rule="label_gated", top=0.5, bottom=0.5, label=gate, tta="none")
        again = with_spec(model, model.spec.model_copy(update={"decision": gated}), tmp_path / "gated.onnx")
        finding = Predictor(again, EXACT).read(FILM)
        assert finding.present == present == (finding.score > finding.threshold == 0.5)
    cut = DecisionSpec(rule="distance", top=0.5, cut=0.0, tta="none")
    again = with_spec(model, model.spec.model_copy(update={"decision": cut}), tmp_path / "cut.onnx")
    finding = Predictor(again, EXACT).read(FILM)
    np.testing.assert_allclose(finding.regions[0].box, (20, 20, 80, 80), atol=3)


def test_a_head_that_gives_no_numbers_is_no_healthy_film(tmp_path):
    model = make_model(tmp_path / "m.onnx", heads=("label",), tilt=np.nan)
    with pytest.raises(EngineError, match="no numbers"):
        Predictor(model, EXACT).maps(FILM)
