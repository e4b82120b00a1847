"""Cascades: a first model settles what is clearly empty, and the others read the rest as they would alone."""

import dataclasses

import numpy as np
import pytest

from cascades import RULE, make_cascade
from films import bright_square
from pleura.core.calibration import Platt, calibrated
from pleura.core.errors import ModelFileError
from pleura.core.rule_out import RuleOut
from pleura.core.spec import LungCrop
from pleura.core.types import Note
from pleura.predict import Predictor, shipped_models
from pleura.predict.loading import load
from pleura.predict.member import Member as Network
from pleura.runtime import EngineChoice, Member, read_blend, with_spec, write_blend

EXACT = EngineChoice(engine="onnxruntime", device="cpu", threads=1)
FILM = bright_square((256, 256), (64, 96), 128)
DARK = bright_square((256, 256), (0, 0), 0)


def test_a_film_above_the_rule_is_read_as_without_a_first_model(tmp_path):
    blend = make_cascade(tmp_path)
    finding = Predictor(blend, EXACT).read(FILM)
    alone = Predictor(blend.models[1], EXACT).read(FILM)
    assert finding.present
    assert (finding.score, finding.notes) == (alone.score, alone.notes)
    np.testing.assert_array_equal(finding.mask, alone.mask)
    assert finding.timings["rule_out"] > 0


def test_a_film_that_is_ruled_out_is_negative_and_says_who_settled_it(tmp_path):
    predictor = Predictor(make_cascade(tmp_path), EXACT)
    finding = predictor.read(DARK)
    assert not finding.present
    assert not finding.mask.any()
    assert finding.score <= finding.threshold
    note = finding.notes[0]  # an overlay shows the first three
    assert note.code == "ruled_out"
    assert finding.notes[1:] == DARK.notes
    assert "bright 1.0" in note.text
    assert "32 x 32" in note.text
    assert "network" not in finding.timings


def test_the_probability_of_a_film_that_is_ruled_out_is_the_one_that_was_fitted_to_such_films(tmp_path):
    calibration = Platt(slope=0.5, intercept=-1.0)
    rule = RuleOut(below=0.6, slope=0.9 / 0.5, intercept=(-1.5 + 1.0) / 0.5)
    blend = make_cascade(tmp_path, rule, calibration=calibration)
    own = Predictor(blend.models[0], EXACT).read(DARK).score
    finding = Predictor(blend, EXACT).read(DARK)
    assert finding.calibrated
    assert finding.probability == pytest.approx(calibrated(own, Platt(slope=0.9, intercept=-1.5)), rel=1e-3)


def test_the_outline_of_a_film_that_is_ruled_out_never_shows_even_where_the_first_model_saw_something(tmp_path):
    always = RuleOut(below=1.0, slope=1.0, intercept=0.0)
    finding = Predictor(make_cascade(tmp_path, always), EXACT).read(FILM)
    assert not finding.present
    assert finding.probabilities.max() <= finding.threshold


def test_the_second_of_two_first_models_sees_what_the_first_leaves(tmp_path):
    blend = make_cascade(tmp_path, firsts=2)
    never = blend.spec.members[0].rule_out.model_copy(update={"below": 0.0})
    members = (blend.spec.members[0].model_copy(update={"rule_out": never}), *blend.spec.members[1:])
    both = write_blend(blend, blend.spec.model_copy(update={"members": members}), tmp_path / "both.toml")
    finding = Predictor(both, EXACT).read(DARK)
    assert finding.notes[0].code == "ruled_out"
    assert both.models[1].sha256[:12] in finding.notes[0].text


def test_a_label_may_rule_out_too(tmp_path):
    by_label = RuleOut(by="label", below=0.99, slope=1.0, intercept=0.0)
    predictor = Predictor(make_cascade(tmp_path, by_label, heads=("label",)), EXACT)
    alone = Predictor(read_blend(tmp_path / "cascade.toml").models[0], EXACT)
    label = alone.maps(DARK).label
    assert predictor.read(DARK).score == pytest.approx(label, rel=1e-4)


def test_maps_both_and_opinions_agree_on_a_film_that_is_ruled_out(tmp_path):
    predictor = Predictor(make_cascade(tmp_path), EXACT)
    maps, (plain, averaged), opinions = predictor.maps(DARK), predictor.both(DARK), predictor.opinions(DARK)
    for other in (plain, averaged, *opinions):
        np.testing.assert_allclose(other.mask, maps.mask, atol=1e-6)


def test_a_cascade_comes_back_from_its_file(tmp_path):
    blend = make_cascade(tmp_path)
    again = read_blend(blend.path)
    assert again == blend
    assert again.first[0][1] == RULE


def test_every_network_warms_up(tmp_path, monkeypatch):
    looked, real = [], Network.maps
    monkeypatch.setattr(Network, "maps", lambda self, *rest: looked.append(self.spec.side) or real(self, *rest))
    Predictor(make_cascade(tmp_path, RuleOut(below=1.0, slope=1.0, intercept=0.0)), EXACT).warm_up(FILM)
    assert looked == [32, 64]


def test_a_film_that_seems_to_hang_wrongly_is_read_by_all(tmp_path):
    blend = make_cascade(tmp_path)
    pushed = dataclasses.replace(DARK, notes=(Note("orientation", "The heart seems to lie at the picture's left."),))
    finding = Predictor(blend, EXACT).read(pushed)
    assert finding.score == Predictor(blend.models[1], EXACT).read(pushed).score
    assert "ruled_out" not in [note.code for note in finding.notes]
    assert "rule_out" not in finding.timings


def test_a_blend_whose_models_cannot_play_their_roles_leaves_the_file_that_was_there(tmp_path):
    blend = make_cascade(tmp_path)
    before = blend.path.read_bytes()
    by_label = blend.spec.members[0].model_copy(update={"rule_out": RULE.model_copy(update={"by": "label"})})
    with pytest.raises(ModelFileError, match="has no label head"):
        write_blend(blend, blend.spec.model_copy(update={"members": (by_label, *blend.spec.members[1:])}), blend.path)
    assert blend.path.read_bytes() == before


def test_the_cascade_that_ships_decides_as_the_model_that_ships():
    shipped = {path.stem: load(path) for path in shipped_models()}
    cascade, full = shipped["default-cascade"], shipped["default"]
    assert [member.role for member in cascade.spec.members] == ["rule-out", "segment"]
    assert cascade.models[1] == full
    assert (cascade.spec.decision, cascade.spec.calibration) == (full.spec.decision, full.spec.calibration)


@pytest.mark.parametrize(
    ("role", "rule"),
    [pytest.param("segment", RULE, id="rule without role"), pytest.param("rule-out", None, id="role without rule")],
)
def test_role_and_rule_stand_together(role, rule):
    with pytest.raises(ValueError, match="must stand together"):
        Member(file="a.onnx", sha256="0" * 64, role=role, rule_out=rule)


def test_a_first_model_must_see_the_whole_film_and_have_what_it_rules_by(tmp_path):
    with pytest.raises(ModelFileError, match="has no label head"):
        make_cascade(tmp_path, RuleOut(by="label", below=0.1, slope=1.0, intercept=0.0))
    blend = make_cascade(tmp_path)
    small = blend.models[0]
    cropped = small.spec.input.model_copy(update={"lung_crop": LungCrop()})
    with_spec(small, small.spec.model_copy(update={"input": cropped}), small.path)
    member = blend.spec.members[0].model_copy(update={"sha256": _sha256(small.path)})
    spec = blend.spec.model_copy(update={"members": (member, *blend.spec.members[1:])})
    with pytest.raises(ModelFileError, match="cropped to the lungs"):
        write_blend(blend, spec, tmp_path / "again.toml")


def _sha256(path):
    from pleura.core.files import sha256_of

    return sha256_of(path)
