import math

import numpy as np
import pytest

from data_folders import write_image
from pleura.core.errors import DatasetError
from pleura.core.rle import encode
from pleura.evidence.figures.summary import summarise
from pleura.evidence.films import films_of
from pleura.evidence.prediction_table import Prediction, predictions_csv, run_path
from pleura.evidence.predictions import PredictionRules, check_predictions, judge_predictions


@pytest.fixture
def films(dataset):
    return films_of(dataset, "test")


def _write(folder, dataset, films, said, run=0):
    """A table of the truths, with what `said` gives of each place beside."""
    rows = [
        Prediction(dataset.cases[int(index)].id, (encode(dataset.truth(int(index))),), *said(place))
        for place, index in enumerate(films)
    ]
    run_path(folder, run).write_bytes(predictions_csv(rows))


def test_the_truth_itself_scores_perfectly(dataset, films, tmp_path):
    _write(tmp_path, dataset, films, lambda place: (0.25 + 0.5 * (place % 2), None, None))
    shown = []
    judgement = judge_predictions(tmp_path, dataset, films, show=shown.append)
    figures = summarise(judgement.runs, dataset, rounds=20).figures
    for name in ("siim_dice", "dice_positives", "empty_correct", "pooled_iou", "nsd_px", "auroc", "films_correct"):
        assert figures[name].value == 1.0, name
    assert figures["hd95_px"].value == 0.0
    assert figures["siim_dice_all_empty"].value == 0.5
    assert figures["size_error"].value == 0.0
    assert figures["ece"].value == pytest.approx(0.25)
    assert math.isnan(figures["tta_correct_plain"].value)
    assert judgement.kind == "predictions"
    assert judgement.warnings == ()
    assert [each.index for each in shown] == films.tolist()
    assert all((each.mask == each.truth).all() for each in shown)


def test_masks_without_scores_are_not_ranked(dataset, films, tmp_path):
    for index in films:
        mask = np.zeros((96, 80), np.uint8)
        write_image(tmp_path / f"{dataset.cases[int(index)].id}.png", mask)
    judgement = judge_predictions(tmp_path, dataset, films)
    figures = summarise(judgement.runs, dataset, rounds=20).figures
    assert figures["siim_dice"].value == figures["siim_dice_all_empty"].value == 0.5
    assert figures["sensitivity"].value == 0.0
    assert figures["hd95_undefined"].value == 1.0
    assert all(math.isnan(figures[name].value) for name in ("auroc", "ap", "ece", "brier"))
    assert any("image-level score" in note for note in judgement.notes)


def test_one_film_without_a_score_leaves_all_unranked(dataset, films, tmp_path):
    _write(tmp_path, dataset, films, lambda place: (None if place == 3 else 0.5, None, None))
    (run,) = judge_predictions(tmp_path, dataset, films).runs
    assert not run.scored
    assert run.judged.scores.tolist() == run.judged.decided.astype(float).tolist()


def test_a_stated_decision_and_probability_go_before_the_mask_and_the_score(dataset, films, tmp_path):
    _write(tmp_path, dataset, films, lambda place: (0.4, 0.9, False))
    (run,) = judge_predictions(tmp_path, dataset, films).runs
    assert not run.judged.decided.any()
    assert run.judged.calibrated.tolist() == [0.9] * films.size
    assert run.judged.scores.tolist() == [0.4] * films.size


def test_missing_films_are_an_error_or_counted_as_empty_and_told(dataset, films, tmp_path):
    _write(tmp_path, dataset, films[3:], lambda _: (0.5, None, None))
    first = dataset.cases[int(films[0])].id
    with pytest.raises(DatasetError, match=f"no outline of 3 of 16 films, the first is '{first}'"):
        check_predictions(tmp_path, dataset, films)
    judgement = judge_predictions(tmp_path, dataset, films, PredictionRules(missing="empty"))
    assert judgement.warnings == ("3 of 16 films had no outline and count as empty",)
    assert judgement.runs[0].judged.counts.predicted[:3].tolist() == [0, 0, 0]
    assert not judgement.runs[0].scored


def test_outlines_of_other_films_only_are_an_error_whatever_the_rule(dataset, films, tmp_path):
    run_path(tmp_path, 0).write_bytes(predictions_csv([Prediction("stranger")]))
    with pytest.raises(DatasetError, match="of none of the 16 films"):
        check_predictions(tmp_path, dataset, films, PredictionRules(missing="empty"))


def test_every_table_of_a_folder_is_a_run(dataset, films, tmp_path):
    for run, score in enumerate((0.2, 0.6)):
        _write(tmp_path, dataset, films, lambda _, score=score: (score, None, None), run)
    judgement = judge_predictions(tmp_path, dataset, films)
    assert [run.judged.scores[0] for run in judgement.runs] == [0.2, 0.6]
    assert len(judgement.outlines) == 2
