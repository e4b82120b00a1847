"""A tuned cascade: figures by rules that no film's patient had a hand in, and what they say the cascade does."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from discs import make_discs
from models import make_model
from pleura.core.spec import DecisionSpec, TrainingRecord
from pleura.data.fingerprints import Fingerprints
from pleura.data.splits import SplitPlan
from pleura.evidence.cascade import readings as module
from pleura.evidence.cascade.cost import Cost
from pleura.evidence.cascade.document import document_of
from pleura.evidence.cascade.readings import read_both
from pleura.evidence.cascade.report import write_cascade
from pleura.evidence.cascade.rule import RulePlan, Scores
from pleura.evidence.cascade.tune import CascadePlan, Share, _cross_fit, settled, tune_cascade
from pleura.evidence.evaluate import evaluate
from pleura.predict import Predictor
from pleura.predict.member import Member
from pleura.runtime import EngineChoice, with_spec

EXACT = EngineChoice(engine="onnxruntime", device="cpu", threads=1)
PLAN = RulePlan(lose=0.0, of="all", by="decision", calibration=None, prevalence=None)
FULL = DecisionSpec(rule="triplet", bottom=0.3, top=0.6, area=600)
FIRST = DecisionSpec(rule="triplet", bottom=0.5, top=0.5, area=400, tta="none")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuned")
    make_model(folder / "full.onnx", FULL)
    make_model(folder / "first.onnx", FIRST, side=32)
    return folder


@pytest.fixture(scope="module")
def dataset(folder):
    return make_discs(folder, 12, split=SplitPlan(all_as="test"))


def tuned(dataset, full, first, lose=0.0):
    read = read_both(full, first, "decision", EXACT, dataset, np.arange(12))
    plan = CascadePlan(dataclasses.replace(PLAN, lose=lose), folds=2, draws=2, rounds=20)
    return tune_cascade(read, Cost(1.0, 4.0), dataset, plan, "first before full")


@pytest.fixture(scope="module")
def models(folder):
    return make_model(folder / "full.onnx", FULL), make_model(folder / "first.onnx", FIRST, side=32)


def test_a_film_has_no_hand_in_the_rule_that_settles_it_nor_has_another_of_its_patient():
    """The two positives that score least are of one patient: no rule of other patients keeps either."""
    first = np.r_[np.linspace(0.01, 0.1, 20), 0.2, 0.21, np.linspace(0.5, 0.9, 8)]
    present = np.arange(30) >= 20
    groups = np.r_[np.arange(20), 20, 20, np.arange(21, 29)]
    read = SimpleNamespace(scores=Scores(first, present, present), groups=groups, areas=0.05 * present, threshold=0.5)
    out, given = _cross_fit(read, CascadePlan(PLAN, folds=3), draw=0)
    assert out[20:22].all()
    assert not out[22:].all()
    assert given.max() <= read.threshold


def test_an_interval_is_that_of_so_many_patients():
    out, among = np.arange(40) < 4, np.ones(40, dtype=np.bool_)
    alone, twice = (Share.of([out], among, groups) for groups in (np.arange(40), np.arange(40) // 2))
    assert alone.value == twice.value == 0.1
    assert (alone.patients, twice.patients, twice.total) == (40, 20, 40)
    assert twice.low < alone.low
    assert alone.high < twice.high


def test_what_is_said_of_a_cascade_is_what_its_file_does(folder, dataset, models):
    full, first = models
    found = tuned(dataset, full, first, lose=0.4)
    out = found.readings.scores.first <= found.rule.below
    assert 0 < out.sum() < 12
    given = np.array([found.rule.blend_score(score) for score in found.readings.scores.first])
    said = settled(found.readings.full.runs[0], out, np.minimum(given, found.readings.threshold), None)
    blend = write_cascade(found, full, first, dataset, folder / "cascade.toml")
    (done,) = evaluate(Predictor(blend, EXACT), dataset, np.arange(12)).runs
    np.testing.assert_allclose(said.judged.scores, done.judged.scores, rtol=1e-4)
    np.testing.assert_array_equal(said.judged.decided, done.judged.decided)
    for counted in ("intersections", "predicted", "true"):
        np.testing.assert_array_equal(getattr(said.judged.counts, counted), getattr(done.judged.counts, counted))
    np.testing.assert_array_equal(said.surfaces.nsd, done.surfaces.nsd)
    np.testing.assert_array_equal(said.surfaces.hd95, done.surfaces.hd95)


def test_films_that_the_first_model_saw_are_told_of(folder, dataset, models):
    full, first = models
    prints = Fingerprints.of(dataset.cases[:3])
    record = TrainingRecord(
        recipe={"name": "first"},
        data_name="others",
        data_sha256="0" * 64,
        code_version="0",
        epochs=1,
        checkpoint="none",
        films_sha256=prints.films,
    )
    saw = with_spec(first, first.spec.model_copy(update={"training": record}), folder / "saw.onnx")
    found = tuned(dataset, full, saw)
    assert found.comparison.readers[0].warnings == ()
    (warning,) = found.comparison.readers[1].warnings
    assert "first model: the network was trained or chosen on 3 of these 12 films" in warning
    document = document_of(found, (), dataset, full, saw)
    seen = {name: figures["auroc"]["seen"] for name, figures in document["figures"].items()}
    assert seen == {"full": False, "cascade": True}


def test_the_full_model_is_timed_with_the_looks_of_its_own_decision(folder, dataset, models, monkeypatch):
    full, first = models
    once = with_spec(
        full,
        full.spec.model_copy(update={"decision": FULL.model_copy(update={"tta": "none"})}),
        folder / "once.onnx",
    )
    looks, real = [], Member.maps
    monkeypatch.setattr(
        Member,
        "maps",
        lambda self, films, asked: looks.append((self.spec.side, asked.flip)) or real(self, films, asked),
    )
    monkeypatch.setattr(module, "_TIMED", 2)
    seconds = [read_both(one, first, "decision", EXACT, dataset, np.arange(12)).seconds for one in (full, once)]
    assert [flip for side, flip in looks if side == 64] == [True, True, False, False]
    assert all(min(taken) > 0 for taken in seconds)
