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
