"""The parts of a mask."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pleura.core.parts import parts_of

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24)))


@given(MASKS)
def test_labels_and_areas_are_those_of_opencvs_statistics(mask):
    labels, areas = parts_of(mask)
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    assert areas[1:].tolist() == stats[1:, cv2.CC_STAT_AREA].tolist()
    assert areas.sum() == mask.size
    assert np.array_equal(labels > 0, mask)
    assert all(np.count_nonzero(labels == label) == area for label, area in enumerate(areas))


def test_pixels_that_touch_at_a_corner_are_one_part_also_in_a_mask_that_is_cut_out():
    mask = np.zeros((6, 6), np.bool_)
    mask[1, 1] = mask[2, 2] = mask[4, 4] = True
    assert parts_of(mask[1:, 1:5])[1].tolist() == [17, 2, 1]


def test_an_empty_mask_has_no_part():
    labels, areas = parts_of(np.zeros((2, 3), np.bool_))
    assert areas.tolist() == [6]
    assert not labels.any()
