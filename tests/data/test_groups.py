import numpy as np
import pytest

from pleura.core.types import View
from pleura.data.groups import Traits, group_films

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
