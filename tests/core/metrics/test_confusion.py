import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import confusion_matrix

from pleura.core.metrics import Confusion

COUNTED = Confusion(tp=6, fp=2, fn=3, tn=9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 15 / 20),
        ("precision", 6 / 8),
        ("recall", 6 / 9),
        ("specificity", 9 / 11),
        ("f1", 12 / 17),
        ("iou", 6 / 11),
    ],
)
def test_shares_of_a_confusion_counted_by_hand(name, expected):
    assert getattr(COUNTED, name) == pytest.approx(expected)


def test_rows_and_columns_of_the_matrix_sum_to_one():
    assert COUNTED.matrix().tolist() == [[9, 2], [3, 6]]
    assert COUNTED.row_shares().sum(axis=1) == pytest.approx([1, 1])
    assert COUNTED.column_shares().sum(axis=0) == pytest.approx([1, 1])


def test_what_has_no_whole_is_nan_and_not_zero():
    nothing = Confusion(0, 0, 0, 5)
    undefined = (nothing.precision, nothing.recall, nothing.f1, nothing.iou)
    assert np.isnan(undefined).all()
    assert np.isnan(nothing.row_shares()[1]).all()


@given(hnp.arrays(bool, st.tuples(st.just(2), st.integers(1, 50))))
def test_counts_agree_with_scikit_learn(pair):
    matrix = confusion_matrix(pair[1], pair[0], labels=[False, True])
    assert Confusion.of(pair[0], pair[1]).matrix().tolist() == matrix.tolist()


@given(hnp.arrays(bool, (2, 40)), st.integers(0, 40))
def test_two_parts_add_up_to_the_whole(pair, cut):
    head, tail = pair[:, :cut], pair[:, cut:]
    assert Confusion.of(*head) + Confusion.of(*tail) == Confusion.of(*pair)


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="differ in shape"):
        Confusion.of(np.zeros(3, bool), np.zeros(4, bool))
