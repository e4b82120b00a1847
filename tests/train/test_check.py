from dataclasses import replace

import pytest

from pleura.core.errors import TrainingError
from pleura.train.check import check_data
from pleura.train.resident import Pool
from tiny import smoke


def with_record(data, **changes):
    return replace(data, record=data.record.model_copy(update=changes))


def check(recipe, data):
    check_data(recipe, *(Pool(data, data.indices(split)) for split in ("train", "val")))


def test_a_data_set_that_suits_is_taken(tiny_data):
    check(smoke(), tiny_data)


def test_a_split_without_both_kinds_is_refused(tiny_data):
    cases = tuple(replace(case, split="train") for case in tiny_data.cases)
    with pytest.raises(TrainingError, match=r"split 'val' has 0 of 0 films"):
        check(smoke(), replace(tiny_data, cases=cases))


def test_a_stage_finer_than_the_stored_films_is_refused(tiny_data):
    stage = {"resolution": 256, "epochs": 1, "learning_rate": 1e-3, "batch": 2}
    with pytest.raises(TrainingError, match=r"stores 128 x 128 pixels.*--side 256"):
        check(smoke(stages=[stage]), tiny_data)


@pytest.mark.parametrize("kind", ["declared", "percentile"])
def test_films_stored_under_a_display_curve_need_a_model_that_applies_it(tiny_data, kind):
    curved = with_record(tiny_data, displayed=3)
    check(smoke(), curved)
    with pytest.raises(TrainingError, match="3 films are stored under"):
        check(smoke(input__contrast={"kind": kind}), curved)
