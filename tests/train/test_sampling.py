import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.train.sampling import epoch_order

PRESENT = np.arange(100) < 20


@pytest.mark.parametrize(("rate", "films"), [(0.5, 40), (0.8, 25), (1.0, 20), (0.1, 100), (None, 100)])
def test_positive_rate_decides_how_many_negatives_are_drawn(rate, films):
    order = epoch_order(PRESENT, rate, seed=1, epoch=0)
    assert len(order) == films
    assert PRESENT[order].sum() == 20


@given(st.integers(0, 2**31), st.integers(0, 1000))
def test_no_film_stands_twice_in_an_epoch(seed, epoch):
    order = epoch_order(PRESENT, 0.5, seed, epoch)
    assert len(set(order.tolist())) == len(order)


def test_an_epoch_is_the_same_when_drawn_again_and_other_than_the_next():
    first, again, later = (epoch_order(PRESENT, 0.5, 3, epoch) for epoch in (4, 4, 5))
    assert (first == again).all()
    assert not (first == later).all()
