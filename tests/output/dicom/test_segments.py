"""Sides as segments."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from findings import finding
from pleura.output.dicom.segments import segments_of


@given(arrays(bool, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_segments_are_the_mask_and_do_not_overlap(mask):
    segments = segments_of(finding(mask))
    assert [segment.number for segment in segments] == list(range(1, len(segments) + 1))
    total = np.zeros(mask.shape, int)
    for segment in segments:
        total += segment.mask
    assert np.array_equal(total, mask.astype(int))
