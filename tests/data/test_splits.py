import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.core.errors import DatasetError
from pleura.data.splits import SplitPlan, size_strata, split_films

GROUPS = st.lists(st.integers(0, 30), min_size=1, max_size=80)


def areas_of(count):
    return np.where(np.arange(count) % 4 == 0, (np.arange(count) + 1) / (count + 1), 0.0)


@given(GROUPS, st.integers(0, 5), st.sampled_from([(0.15, 0.0), (0.2, 0.3), (0.0, 0.0)]))
def test_no_group_stands_on_two_sides_and_no_share_is_exceeded(groups, seed, shares):
    plan = SplitPlan(val=shares[0], test=shares[1], seed=seed)
    ids = [f"f{index}" for index in range(len(groups))]
    splits = split_films(ids, np.array(groups), areas_of(len(groups)), plan)
    assert all(len({split for split, at in zip(splits, groups, strict=True) if at == group}) == 1 for group in groups)
    strata = 4
    assert splits.count("val") <= shares[0] * len(ids) + strata / 2
    assert splits.count("test") <= shares[1] * len(ids) + strata / 2


def test_every_stratum_gets_its_share():
    areas = areas_of(400)
    splits = np.array(split_films([str(i) for i in range(400)], np.arange(400), areas, SplitPlan(val=0.2, test=0.1)))
    strata = size_strata(areas)
    for stratum in range(4):
        films = splits[strata == stratum]
        assert np.mean(films == "val") == pytest.approx(0.2, abs=0.02)
        assert np.mean(films == "test") == pytest.approx(0.1, abs=0.02)


def test_a_seed_gives_its_split_again_and_another_gives_another():
    def draw(seed):
        return split_films([str(i) for i in range(60)], np.arange(60), areas_of(60), SplitPlan(seed=seed))

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_strata_are_empty_films_and_thirds_of_the_others():
    assert size_strata(np.array([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])).tolist() == [0, 1, 1, 2, 2, 3, 3]
    assert size_strata(np.zeros(2)).tolist() == [0, 0]


def test_given_films_validate_and_all_others_train():
    plan = SplitPlan(val_ids=frozenset({"a", "c"}))
    assert split_films(["a", "b", "c"], np.arange(3), np.zeros(3), plan) == ["val", "train", "val"]


def test_a_group_on_both_sides_of_given_films_is_refused_with_its_films():
    with pytest.raises(DatasetError, match=r"1 training films.*: b \[data\].*--drop-straddling"):
        split_films(["a", "b", "c"], np.array([0, 0, 2]), np.zeros(3), SplitPlan(val_ids=frozenset({"a"})))


def test_straddling_training_films_are_left_out_on_request():
    plan = SplitPlan(val_ids=frozenset({"a"}), drop_straddling=True)
    assert split_films(["a", "b", "c"], np.array([0, 0, 2]), np.zeros(3), plan) == ["val", None, "train"]


def test_a_given_film_that_is_not_there_is_refused():
    with pytest.raises(DatasetError, match="first z"):
        split_films(["a"], np.arange(1), np.zeros(1), SplitPlan(val_ids=frozenset({"z"})))


def test_all_films_may_go_to_one_split():
    assert split_films(["a", "b"], np.arange(2), np.zeros(2), SplitPlan(all_as="test")) == ["test", "test"]


@pytest.mark.parametrize(("val", "test"), [(0.6, 0.4), (-0.1, 0.0), (1.0, 0.0)])
def test_shares_that_leave_nothing_are_refused(val, test):
    with pytest.raises(DatasetError, match="leave nothing"):
        SplitPlan(val=val, test=test)


def test_given_films_and_one_split_for_all_exclude_each_other():
    with pytest.raises(DatasetError, match="both"):
        SplitPlan(val_ids=frozenset({"a"}), all_as="test")
