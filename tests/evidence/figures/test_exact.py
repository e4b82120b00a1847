"""The exact interval of a share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.evidence.figures.exact import exact_interval


@given(total=st.integers(1, 400), data=st.data())
def test_an_interval_holds_its_share(total, data):
    hits = data.draw(st.integers(0, total))
    low, high = exact_interval(hits, total)
    assert 0 <= low <= hits / total <= high <= 1
    assert low < high


def test_the_interval_of_no_misses_is_the_known_one():
    low, high = exact_interval(30, 30)
    assert low == pytest.approx(0.025 ** (1 / 30))
    assert high == 1


@given(total=st.integers(2, 400), data=st.data())
def test_hits_between_two_numbers_have_an_interval_between_theirs(total, data):
    whole = data.draw(st.integers(0, total - 1))
    fewer, between, more = (exact_interval(hits, total) for hits in (whole, whole + 0.4, whole + 1))
    for end in (0, 1):
        assert fewer[end] <= between[end] <= more[end]
    assert between[0] < (whole + 0.4) / total < between[1]
