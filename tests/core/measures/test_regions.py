"""What is measured on an outline."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pleura.core.measures.regions import measure_regions
from pleura.core.measures.sides import side_of
from pleura.core.types import Region, Side, Spacing


def redraw(region: Region, shape: tuple[int, int]) -> np.ndarray:
    """Fill a region's outer border and take away its holes, whose border belongs to the region."""
    filled = np.zeros(shape, np.uint8)
    outer, *holes = (np.ascontiguousarray(border[:, ::-1]) for border in region.outline)
    cv2.fillPoly(filled, [outer], 1)
    for hole in holes:
        inside = np.zeros(shape, np.uint8)
        cv2.fillPoly(inside, [hole], 1)
        cv2.polylines(inside, [hole], isClosed=True, color=0)
        filled[inside > 0] = 0
    return filled > 0


@pytest.fixture
def two_parts():
    mask = np.zeros((100, 200), bool)
    mask[10:30, 150:190] = True
    mask[50:60, 20:30] = True
    return mask


def test_parts_come_largest_first_with_box_and_side(two_parts):
    large, small = measure_regions(two_parts, None)
    assert (large.area_px, large.box, large.side) == (800, (10, 150, 30, 190), Side.LEFT)
    assert (small.area_px, small.box, small.side) == (100, (50, 20, 60, 30), Side.RIGHT)


def test_area_takes_both_spacings(two_parts):
    large, _ = measure_regions(two_parts, Spacing(0.5, 0.2, "PixelSpacing"))
    assert large.area_cm2 == pytest.approx(800 * 0.5 * 0.2 / 100)


def test_area_is_unknown_without_spacing(two_parts):
    assert all(region.area_cm2 is None for region in measure_regions(two_parts, None))


def test_empty_mask_has_no_parts():
    assert measure_regions(np.zeros((64, 80), bool), None) == ()


def test_pixels_that_touch_at_a_corner_are_one_part():
    assert len(measure_regions(np.eye(12, dtype=bool), None)) == 1


def test_a_part_across_the_midline_counts_on_the_side_of_its_centroid():
    mask = np.zeros((64, 100), bool)
    mask[10:20, 30:60] = True
    (region,) = measure_regions(mask, None)
    assert region.side is Side.RIGHT


def test_the_patients_right_is_the_pictures_left():
    assert [side_of(column, 101) for column in (0, 49.9, 50, 100)] == [Side.RIGHT, Side.RIGHT, Side.LEFT, Side.LEFT]


def test_mirroring_the_mask_swaps_the_side(two_parts):
    sides = [region.side for region in measure_regions(two_parts[:, ::-1], None)]
    assert sides == [Side.RIGHT, Side.LEFT]


def test_hole_comes_after_the_outer_border():
    mask = np.zeros((64, 64), bool)
    mask[10:40, 10:40] = True
    mask[20:25, 20:25] = False
    (region,) = measure_regions(mask, None)
    outer, hole = region.outline
    assert np.ptp(outer, axis=0).tolist() == [29, 29]
    assert np.ptp(hole, axis=0).tolist() == [6, 6]


@settings(max_examples=150, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.booleans(), fill=st.just(True)))
def test_parts_and_outlines_redraw_the_mask(mask):
    regions = measure_regions(mask, None)
    redrawn = np.zeros(mask.shape, int)
    for region in regions:
        part = redraw(region, mask.shape)
        assert part.sum() == region.area_px
        redrawn += part
    assert np.array_equal(redrawn, mask.astype(int))
