from dataclasses import replace

import numpy as np
import pytest

from pleura.core.types import View
from pleura.data.groups import Traits, film_groups, group_films
from pleura.data.pairs import import_pairs
from pleura.data.prepare import PreparePlan, prepare
from tiny import draw_pairs

ONE = np.zeros(32, dtype=np.uint8)
NEAR = np.concatenate((np.full(8, 255, dtype=np.uint8), ONE[8:]))
FAR = np.concatenate((np.full(9, 255, dtype=np.uint8), ONE[9:]))


def traits(sha, bits=ONE, patient=None, sex="F", age=50.0, view=View.PA):
    return Traits(patient=patient, sha256=sha, sex=sex, age=age, view=view, hash=bits)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        pytest.param(traits("a"), traits("b", NEAR), True, id="alike"),
        pytest.param(traits("a"), traits("b", FAR), False, id="not alike"),
        pytest.param(traits("a"), traits("b", sex="M"), False, id="alike but of another sex"),
        pytest.param(traits("a"), traits("b", age=51.0), False, id="alike but of another age"),
        pytest.param(traits("a"), traits("b", view=View.AP), False, id="alike but another view"),
        pytest.param(traits("a"), traits("a", FAR, sex="M"), True, id="the same file"),
        pytest.param(traits("a", patient="p"), traits("b", FAR, "p", "M"), True, id="one patient"),
        pytest.param(traits("a", patient="p"), traits("b", patient="q"), False, id="alike, of two known patients"),
        pytest.param(traits("a", patient="p"), traits("b"), True, id="alike, one patient unknown"),
    ],
)
def test_which_films_belong_together(one, other, together):
    assert group_films([one, other]).tolist() == [0, 0 if together else 1]


def test_groups_join_through_a_film_between():
    films = [traits("a", patient="p"), traits("b", FAR, "q"), traits("b", FAR, "p")]
    assert group_films(films).tolist() == [0, 0, 0]


def test_no_films_have_no_groups():
    assert group_films([]).tolist() == []


def test_groups_of_a_data_set_are_those_its_splits_kept(tmp_path):
    data = prepare(import_pairs(draw_pairs(tmp_path / "pairs", 6)), tmp_path / "data", PreparePlan(side=32))
    alike = replace(data, images=data.images[[0, 1, 2, 3, 4, 0]])
    assert film_groups(data, np.arange(6)).tolist() == [0, 1, 2, 3, 4, 5]
    assert film_groups(alike, np.arange(6)).tolist() == [0, 1, 2, 3, 4, 0]
    assert film_groups(alike, np.array([5, 3])).tolist() == [1, 0]


def test_known_patients_go_by_their_names_and_a_group_found_earlier_stays_one(tmp_path):
    data = prepare(import_pairs(draw_pairs(tmp_path / "pairs", 6)), tmp_path / "data", PreparePlan(side=32))
    names = ("q", "group:004", "p", "q", "group:004", "a")
    cases = tuple(replace(case, patient=name) for case, name in zip(data.cases, names, strict=True))
    named = replace(data, cases=cases)
    assert film_groups(named, np.arange(6)).tolist() == [3, 1, 2, 3, 1, 0]
