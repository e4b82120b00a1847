import dataclasses
import math

import numpy as np
import pytest

from pleura.evidence.film_result import Said, gather, judge_film

MASK = np.zeros((96, 80), dtype=np.bool_)
MASK[20:60, 10:50] = True


def _result(case, **said):
    return judge_film(MASK, MASK, case, Said(**{"score": 0.75, "present": True, **said}))


def test_distances_are_in_mm_where_the_spacing_is_known(dataset):
    case = dataset.cases[1]
    moved = np.roll(MASK, 3, axis=0)
    known = dataclasses.replace(case, row_mm=2.0, column_mm=0.5)
    pixels, mm = (judge_film(moved, MASK, each, Said(0.5, True)) for each in (case, known))
    assert (pixels.in_mm, mm.in_mm) == (False, True)
    assert (pixels.surface.hd95, mm.surface.hd95) == (3.0, 6.0)


def test_what_only_some_films_tell_counts_as_not_told(dataset):
    case = dataset.cases[1]
    whole = _result(case, probability=0.9, decisions=(False, True), soft=(1.0, 2.0))
    run = gather(np.array([1, 2]), [whole, whole])
    assert run.judged.calibrated.tolist() == [0.9, 0.9]
    assert (run.augmented.plain.tolist(), run.augmented.averaged.tolist()) == ([False] * 2, [True] * 2)
    assert run.soft.tolist() == [[1.0, 2.0]] * 2
    part = gather(np.array([1, 2]), [whole, _result(case)])
    assert (part.judged.calibrated, part.augmented, part.soft) == (None, None, None)


def test_without_scores_decisions_stand_in_and_nothing_is_ranked(dataset):
    said = {"score": math.nan, "probability": 0.3}
    run = gather(np.array([1]), [_result(dataset.cases[1], **said)], scored=False)
    assert not run.scored
    assert run.judged.scores.tolist() == [1.0]
    assert run.judged.calibrated is None


def test_masks_of_another_size_are_refused(dataset):
    with pytest.raises(ValueError, match="shape"):
        judge_film(MASK[:10], MASK, dataset.cases[1], Said(0.5, True))
