"""Items in lists of one size, as they are asked for."""

from hypothesis import given
from hypothesis import strategies as st

from pleura.core.chunks import chunks


@given(st.lists(st.integers()), st.integers(1, 9))
def test_every_item_comes_once_in_order_and_only_the_last_list_is_short(items, size):
    found = list(chunks(items, size))
    assert [item for some in found for item in some] == items
    assert [len(some) for some in found[:-1]] == [size] * (len(found) - 1)
    assert all(0 < len(some) <= size for some in found)


def test_no_more_is_taken_than_is_asked_for():
    rest = iter(range(9))
    assert next(chunks(rest, 3)) == [0, 1, 2]
    assert next(rest) == 3
