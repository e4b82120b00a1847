import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coco_packing import pack, runs
from pleura.data.coco_rle import decode_counts, unpack_counts

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 9)))


@given(MASKS)
def test_a_mask_comes_back_from_its_counts_and_from_their_string(mask):
    counts = runs(mask)
    assert np.array_equal(decode_counts(counts, mask.shape), mask)
    assert unpack_counts(pack(counts)) == counts


@given(st.lists(st.integers(0, 2**40), max_size=12))
def test_large_counts_survive_packing(counts):
    assert unpack_counts(pack(counts)) == counts


def test_a_known_string_is_read_as_the_format_says():
    # 6 = '6'; 1 = '1'; 40 = 8 + 32 (more) then 1, 'X1'; then 4 - 1 = 3 and 50 - 40 = 10.
    assert unpack_counts("61X13:") == [6, 1, 40, 4, 50]


def test_runs_go_down_the_columns():
    expected = np.zeros((3, 2), np.bool_)
    expected[2, 0] = expected[0, 1] = True
    assert np.array_equal(decode_counts([2, 2, 2], (3, 2)), expected)


@pytest.mark.parametrize("counts", [[2, 2], [2, 2, 3], [-1, 7], []])
def test_runs_of_another_picture_are_refused(counts):
    with pytest.raises(ValueError, match="does not fit 3 x 2"):
        decode_counts(counts, (3, 2))


@pytest.mark.parametrize(
    ("text", "reason"), [("6 1", "damaged"), ("6é", "damaged"), ("X", "middle of a number"), ("o" * 40, "damaged")]
)
def test_a_damaged_string_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        unpack_counts(text)
