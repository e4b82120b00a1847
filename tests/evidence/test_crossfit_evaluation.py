import numpy as np
import pytest

from pleura.core.calibration import Platt, calibrated
from pleura.core.rle import encode
from pleura.core.spec import TuningRecord
from pleura.data.groups import film_groups
from pleura.evidence.calibration_fit import fit_calibration
from pleura.evidence.crossfit import judge
from pleura.evidence.crossfit_evaluation import evaluate_cross_fit, judge_cross_fit
from pleura.evidence.films import films_of, read_case
from pleura.evidence.kept_maps import KeptMaps
from pleura.evidence.tally import Tally, tally_film
from pleura.evidence.tune import TunePlan, tune
from pleura.runtime import with_spec

PLAN = TunePlan("siim_dice", "fine", folds=2, draws=3)


@pytest.fixture(scope="module")
def films(dataset):
    return films_of(dataset, "test")


@pytest.fixture(scope="module")
def tuned(predictor, dataset, films):
    return tune(predictor, dataset, films, PLAN)


@pytest.fixture(scope="module")
def outcome(predictor, dataset, films):
    shown = []
    return evaluate_cross_fit(predictor, dataset, films, PLAN, shown.append), shown


def test_each_draw_judges_as_the_cross_fit_of_the_tuning_does(outcome, tuned):
    assert len(outcome[0].runs) == PLAN.draws
    for run, draw in zip(outcome[0].runs, tuned.draws, strict=True):
        assert run.judged.decided.tolist() == draw.judged.decided.tolist()
        np.testing.assert_allclose(run.judged.scores, draw.judged.scores, atol=1e-4)
        np.testing.assert_allclose(run.judged.counts.predicted, draw.judged.counts.predicted, atol=2)


def test_the_first_draw_is_shown_and_its_outlines_kept(outcome, films):
    found, shown = outcome
    assert [reading.index for reading in shown] == films.tolist()
    assert [encode(reading.mask) for reading in shown] == list(found.outlines[0])
    assert [reading.score for reading in shown] == found.runs[0].judged.scores.tolist()


def test_maps_that_are_read_again_change_no_figure(outcome, predictor, dataset, films):
    again = evaluate_cross_fit(predictor, dataset, films, PLAN, most_bytes=0)
    assert again.outlines == outcome[0].outlines
    for one, other in zip(outcome[0].runs, again.runs, strict=True):
        np.testing.assert_array_equal(one.judged.scores, other.judged.scores)
        np.testing.assert_array_equal(one.surfaces.nsd, other.surfaces.nsd)


def test_a_calibration_is_fitted_on_the_other_folds(model, opened, dataset, films, tuned, tmp_path):
    update = {"calibration": Platt(slope=1.0, intercept=0.0)}
    predictor = opened(with_spec(model, model.spec.model_copy(update=update), tmp_path / "told.onnx"))
    (run,) = evaluate_cross_fit(predictor, dataset, films, TunePlan("siim_dice", "fine", folds=2, draws=1)).runs
    fold, other = tuned.draws[0].folds
    assert not set(film_groups(dataset, films)[fold.films]) & set(film_groups(dataset, films)[other.films])
    kept = KeptMaps(lambda index: predictor.both(read_case(dataset, index)))
    rest = Tally.gather(
        tally_film(kept.both(index)[1], dataset.truth(index), predictor.spec, tuned.fitting.tried)
        for index in films[other.films].tolist()
    )
    scores = judge(rest, fold).scores
    expected = fit_calibration(scores, rest.true > 0, "platt")
    held = run.judged.scores[fold.films]
    np.testing.assert_allclose(run.judged.calibrated[fold.films], calibrated(held, expected), atol=1e-9)
    assert not np.allclose(run.judged.calibrated, run.judged.scores)


def test_the_decision_inside_the_model_does_not_count_as_seen(model, opened, dataset, films, tmp_path):
    record = TuningRecord(
        data_name="x", data_sha256=dataset.record.sha256, films=16, patients=16, objective="siim_dice"
    )
    fitted = with_spec(model, model.spec.model_copy(update={"tuning": record}), tmp_path / "fitted.onnx")
    judgement = judge_cross_fit(
        fitted, opened(fitted), dataset, films, TunePlan("siim_dice", "fine", folds=2, draws=1)
    )
    assert (judgement.kind, judgement.warnings, judgement.seen) == ("cross-fit", (), 0)
    assert "cross-fit" in dict(judgement.words)["decision"]
    assert set(judgement.timings) == {"read", "preprocess", "network", "decide", "score"}
