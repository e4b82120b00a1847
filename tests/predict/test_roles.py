"""Blends whose members play different parts: who outlines, who says whether, and who shows where to look."""

import numpy as np
import pytest

from blends import PLAIN, blend_of, cropped_to_lungs
from films import bright_square
from models import make_model
from pleura.core.errors import ModelFileError
from pleura.core.spec import DecisionSpec
from pleura.predict import Predictor
from pleura.predict.clock import Clock
from pleura.predict.lungs import LungFinder
from pleura.runtime import BlendSpec, EngineChoice, Member, read_blend, with_spec

EXACT = EngineChoice(engine="onnxruntime", device="cpu", threads=1)
GATED = DecisionSpec(rule="label_gated", top=0.5, bottom=0.5, label=0.5, tta="none")
FILM = bright_square((256, 256), (64, 96), 128)
"""The middle half of the rows, and of the columns from 3/8 to 7/8, is bright."""


def test_classifiers_give_the_label_by_weight_and_no_mask(tmp_path):
    bare = make_model(tmp_path / "bare.onnx")
    loud = make_model(tmp_path / "loud.onnx", tilt=0.3, heads=("label",))
    quiet = make_model(tmp_path / "quiet.onnx", side=32, tilt=0.6, heads=("label",))
    labels = [Predictor(model, EXACT).maps(FILM, tta="none").label for model in (loud, quiet)]
    cast = [(bare, "segment", 7.0), (loud, "classify", 1.0), (quiet, "classify", 3.0)]
    predictor = Predictor(blend_of(tmp_path, cast, GATED), EXACT)
    maps = predictor.maps(FILM)
    assert maps.label == pytest.approx(0.25 * labels[0] + 0.75 * labels[1])
    np.testing.assert_allclose(maps.mask, Predictor(bare, EXACT).maps(FILM, tta="none").mask, atol=1e-6)
    assert predictor.spec.side == 64


def test_without_classifiers_those_that_segment_give_the_label(tmp_path):
    bare = make_model(tmp_path / "bare.onnx")
    both = make_model(tmp_path / "both.onnx", tilt=0.3, heads=("label", "distance"))
    blend = blend_of(tmp_path, [(bare, "segment", 1.0), (both, "segment", 1.0)], GATED)
    assert blend.heads == ("label", "distance")
    maps, alone = (Predictor(model, EXACT).maps(FILM, tta="none") for model in (blend, both))
    assert maps.label == pytest.approx(alone.label)
    np.testing.assert_allclose(maps.distance, alone.distance, atol=1e-6)


def test_a_classifier_s_label_counts_where_segmenters_have_one_too(tmp_path):
    both = make_model(tmp_path / "both.onnx", heads=("label",))
    other = make_model(tmp_path / "other.onnx", side=32, heads=("label",))
    maps = Predictor(blend_of(tmp_path, [(both, "segment", 1.0), (other, "classify", 1.0)], GATED), EXACT).maps(FILM)
    assert maps.label == pytest.approx(Predictor(other, EXACT).maps(FILM, tta="none").label)


def test_lungs_are_found_in_fractions_of_the_film(tmp_path):
    finder = LungFinder(make_model(tmp_path / "lungs.onnx", decision=PLAIN), EXACT)
    box = finder.box(FILM, Clock())
    assert (box.top, box.bottom, box.left, box.right) == pytest.approx((0.25, 0.75, 0.375, 0.875), abs=1 / 64)
    assert finder.box(bright_square((256, 256), (0, 0), 0), Clock()) is None


def test_a_member_with_a_lung_crop_sees_the_lungs_alone(tmp_path):
    lungs = make_model(tmp_path / "lungs.onnx", decision=PLAIN)
    seeing = cropped_to_lungs(tmp_path / "seeing.onnx")
    predictor = Predictor(blend_of(tmp_path, [(seeing, "segment", 1.0), (lungs, "lungs", 1.0)], PLAIN), EXACT)
    found = LungFinder(lungs, EXACT).box(FILM, Clock())
    fixed = with_spec(
        seeing, seeing.spec.model_copy(update={"input": seeing.spec.input.cropped(found)}), tmp_path / "fixed.onnx"
    )
    finding = predictor.read(FILM)
    expected = Predictor(fixed, EXACT).read(FILM)
    assert finding.present
    np.testing.assert_allclose(finding.regions[0].box, expected.regions[0].box, atol=4)
    np.testing.assert_allclose(finding.regions[0].box, (64, 96, 192, 224), atol=6)
    outside = np.ones(FILM.shape, dtype=bool)
    outside[56:200, 88:232] = False
    assert finding.probabilities[outside].max() == 0


def test_a_film_without_lungs_is_read_whole(tmp_path):
    never = PLAIN.model_copy(update={"bottom": 1.0})
    lungs = make_model(tmp_path / "lungs.onnx", decision=never)
    seeing = cropped_to_lungs(tmp_path / "seeing.onnx")
    blend = blend_of(tmp_path, [(seeing, "segment", 1.0), (lungs, "lungs", 1.0)], PLAIN)
    whole = make_model(tmp_path / "whole.onnx", decision=PLAIN)
    maps, expected = (Predictor(model, EXACT).maps(FILM) for model in (blend, whole))
    np.testing.assert_allclose(maps.mask, expected.mask, atol=1e-6)


def test_a_model_with_a_lung_crop_is_refused_alone(tmp_path):
    with pytest.raises(ModelFileError, match=r"seeing\.onnx: sees a film cropped to the lungs.*role lungs"):
        Predictor(cropped_to_lungs(tmp_path / "seeing.onnx"), EXACT)


@pytest.mark.parametrize(
    ("roles", "decision", "reason"),
    [
        pytest.param(("classify", "classify"), PLAIN, "no member has the role segment", id="nobody outlines"),
        pytest.param(("segment", "classify"), PLAIN, r"b\.onnx has the role classify and no label", id="no label"),
        pytest.param(("segment", "segment"), GATED, "needs the head 'label', which no member gives", id="no gate"),
        pytest.param(
            ("segment", "segment"),
            DecisionSpec(rule="distance"),
            "needs the head 'distance', which no member gives",
            id="no distance",
        ),
    ],
)
def test_a_cast_that_cannot_play_is_refused(tmp_path, roles, decision, reason):
    models = [make_model(tmp_path / f"{name}.onnx") for name in "ab"]
    with pytest.raises((ModelFileError, ValueError), match=reason):
        blend_of(tmp_path, [(model, role, 1.0) for model, role in zip(models, roles, strict=True)], decision)


def test_two_lung_models_are_refused(tmp_path):
    model = make_model(tmp_path / "a.onnx")
    member = Member(file="a.onnx", sha256=model.sha256, role="lungs")
    segment = member.model_copy(update={"role": "segment"})
    with pytest.raises(ValueError, match="more than one member has the role lungs"):
        BlendSpec(name="x", version="1", decision=PLAIN, members=(segment, member, member))


@pytest.mark.parametrize("lungs_too", [False, True])
def test_a_lung_crop_needs_somebody_who_shows_the_lungs(tmp_path, lungs_too):
    seeing, other = cropped_to_lungs(tmp_path / "seeing.onnx"), cropped_to_lungs(tmp_path / "other.onnx")
    cast = [(seeing, "segment", 1.0), (other, "lungs" if lungs_too else "segment", 1.0)]
    with pytest.raises(ModelFileError, match="no member shows where they are"):
        blend_of(tmp_path, cast, PLAIN)


def test_the_new_keys_of_a_decision_survive_a_blend_s_file(tmp_path):
    models = [make_model(tmp_path / f"{name}.onnx", heads=("label", "distance")) for name in "ab"]
    decision = DecisionSpec(rule="distance", top=0.7, area=300, cut=-0.05, label=0.3, tta="flip", scales=(0.5, 1.0))
    blend = blend_of(tmp_path, [(models[0], "segment", 1.0), (models[1], "classify", 0.5)], decision)
    assert blend.spec.decision == decision
    assert read_blend(blend.path) == blend
    assert [member.role for member in blend.spec.members] == ["segment", "classify"]
