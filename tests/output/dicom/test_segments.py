"""Sides as segments."""

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from findings import finding, present
from pleura.core.types import Side
from pleura.output.dicom.segments import segments_of


@given(arrays(bool, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_segments_are_the_mask_and_do_not_overlap(mask):
    segments = segments_of(finding(mask))
    assert [segment.number for segment in segments] == list(range(1, len(segments) + 1))
    total = np.zeros(mask.shape, int)
    for segment in segments:
        total += segment.mask
    assert np.array_equal(total, mask.astype(int))


def test_a_side_that_is_uncertain_is_called_so():
    found = present()
    regions = tuple(dataclasses.replace(region, side=Side.UNCERTAIN) for region in found.regions)
    (segment,) = segments_of(dataclasses.replace(found, regions=regions))
    assert segment.label == "PTX UNCERTAIN"
    assert np.array_equal(segment.mask, found.mask)
