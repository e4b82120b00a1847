import numpy as np
import pytest

from pleura.core.calibration import CalibrationFigures, CalibrationRecord, Platt
from pleura.core.metrics.surface import surface_scores
from pleura.core.rle import decode
from pleura.core.spec import DecisionSpec
from pleura.evidence.evaluate import evaluate, judge_model, prevalence_notes
from pleura.evidence.films import films_of, read_case
from pleura.evidence.tune import TunePlan, tune
from pleura.evidence.tuning_report import write_tuned_model
from pleura.runtime import read_model, with_spec

DECISION = DecisionSpec(rule="triplet", bottom=0.5, top=0.7, area=600)


@pytest.fixture(scope="module")
def sound(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "bright.onnx"
    return with_spec(model, model.spec.model_copy(update={"decision": DECISION}), path)


@pytest.fixture(scope="module")
def films(dataset):
    return films_of(dataset, "test")


@pytest.fixture(scope="module")
def reading(sound, dataset, films, opened):
    """The judgement of a model, the readings that were shown, and the predictor."""
    shown, predictor = [], opened(sound)
    return judge_model(sound, predictor, dataset, films, shown.append), shown, predictor


@pytest.fixture(scope="module")
def findings(reading, dataset, films):
    return [reading[2].read(read_case(dataset, index)) for index in films]


def test_films_are_judged_as_they_are_read(reading, findings, films):
    (run,), judged = reading[0].runs, reading[0].runs[0].judged
    assert run.films.tolist() == films.tolist()
    assert judged.decided.tolist() == [finding.present for finding in findings]
    assert judged.counts.predicted.tolist() == [int(finding.mask.sum()) for finding in findings]
    assert judged.scores.tolist() == [finding.score for finding in findings]
    assert run.scored
    assert judged.calibrated is None


def test_outlines_are_kept_as_code_at_native_size(reading, findings):
    for code, finding in zip(reading[0].outlines[0], findings, strict=True):
        np.testing.assert_array_equal(decode(code, finding.film.shape), finding.mask)


def test_borders_and_soft_sums_are_those_of_the_native_masks(reading, findings, dataset, films):
    (run,) = reading[0].runs
    for place, (index, finding) in enumerate(zip(films, findings, strict=True)):
        truth = dataset.truth(int(index))
        expected = surface_scores(finding.mask, truth, None)
        np.testing.assert_equal((run.surfaces.nsd[place], run.surfaces.hd95[place]), (expected.nsd, expected.hd95))
        assert run.soft[place, 0] == pytest.approx(finding.probabilities[truth].sum(), rel=1e-5)
        assert run.soft[place, 1] == pytest.approx(finding.probabilities.sum(), rel=1e-5)
    assert not run.surfaces.in_mm.any()


def test_each_film_is_shown_once_with_what_was_said(reading, findings, films):
    _, shown, _ = reading
    assert [each.index for each in shown] == films.tolist()
    for each, finding in zip(shown, findings, strict=True):
        np.testing.assert_array_equal(each.mask, finding.mask)
        assert (each.score, each.present, each.probability) == (finding.score, finding.present, None)


def test_stages_are_timed_in_seconds_a_film(reading):
    timings = reading[0].timings
    assert set(timings) == {"read", "preprocess", "network", "decide", "score"}
    assert all(0 < seconds < 60 for seconds in timings.values())


def test_a_decision_without_augmentation_is_judged_without_it(model, dataset, films, opened, tmp_path):
    careful = DECISION.model_copy(update={"tta": "none"})
    plain = with_spec(model, model.spec.model_copy(update={"decision": careful}), tmp_path / "plain.onnx")
    predictor = opened(plain)
    (run,) = evaluate(predictor, dataset, films).runs
    findings = [predictor.read(read_case(dataset, index)) for index in films]
    np.testing.assert_allclose(run.judged.scores, [finding.score for finding in findings], atol=1e-6)
    assert run.augmented.plain.tolist() == run.judged.decided.tolist()


def test_a_film_and_its_mirror_image_are_each_seen_once(reading, dataset, films, monkeypatch):
    predictor = reading[2]
    engine, seen = predictor._members[0].engine, []
    monkeypatch.setattr(engine, "run", lambda batch, run=engine.run: (seen.append(len(batch)), run(batch))[1])
    evaluate(predictor, dataset, films[:3])
    assert sum(seen) == 2 * 3


def test_both_are_what_each_alone_gives(reading, dataset):
    predictor, film = reading[2], read_case(dataset, 1)
    for found, tta in zip(predictor.both(film), ("none", "flip"), strict=True):
        np.testing.assert_allclose(found.mask, predictor.maps(film, tta=tta).mask, atol=1e-6)


def test_a_decision_that_saw_the_films_is_warned_of(sound, dataset, films, opened, reading, tmp_path):
    assert reading[0].warnings == ()
    assert reading[0].seen == 0
    tuned = tune(reading[2], dataset, films[:12], TunePlan("siim_dice", "fine", folds=2, draws=1))
    write_tuned_model(sound, tuned, dataset, np.arange(12), tmp_path / "tuned.onnx")
    fitted = read_model(tmp_path / "tuned.onnx")
    judgement = judge_model(fitted, opened(fitted), dataset, films[10:])
    assert judgement.seen == 2
    assert judgement.warnings[0].startswith("the decision was fitted on 2 of these 6 films")
    unseen = judge_model(fitted, opened(fitted), dataset, films[12:])
    assert unseen.warnings == ()


@pytest.mark.parametrize(("prevalence", "told"), [(0.1, True), (0.52, False)])
def test_probabilities_made_for_another_prevalence_are_told_of(sound, dataset, films, tmp_path, prevalence, told):
    """Half of the films have a pneumothorax."""
    figures = CalibrationFigures(ece=0.1, brier=0.1, log_loss=0.3)
    record = CalibrationRecord(
        data_name="elsewhere",
        data_sha256="0" * 64,
        films=9,
        patients=8,
        present=3,
        prevalence=prevalence,
        before=figures,
        after=figures,
    )
    update = {"calibration": Platt(slope=1.0, intercept=-2.0), "calibration_record": record}
    rarer = with_spec(sound, sound.spec.model_copy(update=update), tmp_path / "rarer.onnx")
    notes = prevalence_notes(rarer, dataset, films, "so")
    assert bool(notes) is told
    assert prevalence_notes(sound, dataset, films, "so") == ()
    if told:
        assert "where 10 % of films have a pneumothorax; of these films 50 % have one" in notes[0]
