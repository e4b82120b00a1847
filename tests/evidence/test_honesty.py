import numpy as np
import pytest

from discs import make_discs
from models import make_model
from pleura.core.spec import TrainingRecord, TuningRecord
from pleura.data.fingerprints import Fingerprints
from pleura.data.splits import SplitPlan
from pleura.evidence.honesty import honesty
from pleura.runtime import Blend, BlendSpec, Member, with_spec


@pytest.fixture(scope="module")
def films(dataset):
    return np.arange(len(dataset))


@pytest.fixture
def fresh(tmp_path):
    return make_model(tmp_path / "fresh.onnx")


def _training(**changes):
    base = {"recipe": {}, "data_name": "x", "data_sha256": "ab" * 32, "code_version": "1", "epochs": 1}
    return TrainingRecord(**base, checkpoint="best.pt", **changes)


def _with(model, tmp_path, **update):
    return with_spec(model, model.spec.model_copy(update=update), tmp_path / "other.onnx")


def test_a_model_without_records_has_seen_nothing(fresh, dataset, films):
    found = honesty(fresh, dataset, films)
    assert found.warnings == ()
    assert not found.seen.any()


def test_an_old_record_of_the_very_set_may_have_seen_all_of_it(fresh, dataset, films, tmp_path):
    old = _training().model_copy(update={"data_sha256": dataset.record.sha256})
    found = honesty(_with(fresh, tmp_path, training=old), dataset, films)
    assert "does not say which films" in found.warnings[0]
    assert found.seen.all()


def test_a_record_that_names_its_films_is_believed_film_by_film(fresh, dataset, films, tmp_path):
    prints = Fingerprints.of(dataset.cases[:4])
    record = _training(films_sha256=prints.films).model_copy(update={"data_sha256": dataset.record.sha256})
    model = _with(fresh, tmp_path, training=record)
    assert honesty(model, dataset, films).seen.tolist() == [True] * 4 + [False] * (films.size - 4)
    assert honesty(model, dataset, films[4:]).warnings == ()


def test_a_decision_fitted_anew_does_not_answer_for_the_one_inside(fresh, dataset, films, tmp_path):
    prints = Fingerprints.of(dataset.cases)
    record = TuningRecord(
        data_name="x", data_sha256="cd" * 32, films=16, patients=16, objective="siim_dice", films_sha256=prints.films
    )
    model = _with(fresh, tmp_path, tuning=record)
    assert honesty(model, dataset, films).seen.all()
    assert honesty(model, dataset, films, fitted_anew=True).warnings == ()


def test_the_same_files_are_told_in_another_data_set(fresh, dataset, films, tmp_path):
    other = make_discs(tmp_path, 6, split=SplitPlan(all_as="test"))
    prints = Fingerprints.of([*other.cases, dataset.cases[3]])
    found = honesty(_with(fresh, tmp_path, training=_training(films_sha256=prints.films)), dataset, films)
    assert np.flatnonzero(found.seen).tolist() == [3]


def test_every_member_of_a_blend_answers(fresh, dataset, films, tmp_path):
    prints = Fingerprints.of(dataset.cases[:1])
    seen = _with(fresh, tmp_path, training=_training(films_sha256=prints.films))
    members = tuple(Member(file=model.path.name, sha256=model.sha256, role="segment") for model in (fresh, seen))
    spec = BlendSpec(name="two", version="1", decision=fresh.spec.decision, members=members)
    found = honesty(Blend(tmp_path / "two.toml", "", spec, (fresh, seen)), dataset, films)
    assert found.seen.tolist() == [True] + [False] * (films.size - 1)
