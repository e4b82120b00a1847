from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.bands import pr_band, roc_band
from readers import alone, draw_reader


def test_the_roc_curve_is_scikit_learns():
    reader = draw_reader(3)
    truth, scores = reader.judged.present, reader.judged.scores
    band = roc_band(reader, alone(reader), rounds=50)
    alarms, caught, _ = roc_curve(truth, scores, drop_intermediate=False)
    for x, y in zip(band.x, band.y, strict=True):
        if np.isclose(alarms, x).any():
            assert y == pytest.approx(caught[np.isclose(alarms, x)].max())
        else:
            after = np.flatnonzero(alarms > x)[0]
            share = (x - alarms[after - 1]) / (alarms[after] - alarms[after - 1])
            assert y == pytest.approx(caught[after - 1] + share * (caught[after] - caught[after - 1]))
    assert np.trapezoid(band.y, band.x) == pytest.approx(roc_auc_score(truth, scores), abs=0.01)
    assert band.y[-1] == 1.0


def test_the_precision_recall_curve_is_scikit_learns():
    reader = draw_reader(3)
    truth, scores = reader.judged.present, reader.judged.scores
    band = pr_band(reader, alone(reader), rounds=50)
    precision, recall, _ = precision_recall_curve(truth, scores)
    order = np.argsort(-scores, kind="stable")
    for x, y in zip(band.x[1:], band.y[1:], strict=True):
        # Of the thresholds that reach this recall the highest.
        assert y == pytest.approx(precision[:-1][recall[:-1] >= x - 1e-9][-1])
    highest = scores == scores[order[0]]
    assert band.y[0] == pytest.approx(truth[highest].mean())
    assert band.y[1:].mean() == pytest.approx(average_precision_score(truth, scores), abs=0.02)
    assert band.y[-1] >= truth.mean()


@pytest.mark.parametrize("curve", [roc_band, pr_band])
def test_a_band_holds_its_curve_and_narrows_with_films(curve):
    few, many = draw_reader(3, films=80), draw_reader(3, films=800)
    wide, narrow = (curve(reader, alone(reader), rounds=200) for reader in (few, many))
    for band in (wide, narrow):
        assert ((band.low <= band.y + 1e-12) & (band.y <= band.high + 1e-12)).mean() > 0.95
        assert (band.low >= 0).all()
        assert (band.high <= 1).all()
    assert (narrow.high - narrow.low).mean() < 0.6 * (wide.high - wide.low).mean()


@pytest.mark.parametrize("curve", [roc_band, pr_band])
def test_a_perfect_reader_has_no_width(curve):
    reader = draw_reader(3)
    perfect = replace(reader, judged=replace(reader.judged, scores=reader.judged.present.astype(np.float64)))
    band = curve(perfect, alone(perfect), rounds=50)
    assert set(np.concatenate((band.y, band.low, band.high))) == {1.0}


def test_films_of_one_kind_have_no_curve():
    reader = draw_reader(3)
    healthy = reader.take(np.flatnonzero(~reader.judged.present))
    for curve in (roc_band, pr_band):
        assert np.isnan(curve(healthy, alone(healthy), rounds=5).y).all()


def test_a_reader_without_scores_and_other_groups_are_refused():
    reader = draw_reader(3)
    bare = Evaluation(reader.films, reader.judged, reader.surfaces, scored=False)
    with pytest.raises(ValueError, match="without scores"):
        roc_band(bare, alone(reader))
    with pytest.raises(ValueError, match="groups"):
        pr_band(reader, np.arange(3))
