import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.data.polygon import fill_polygon

SHAPE = (20, 30)


def centres_inside(points, shape):
    """The same by OpenCV's test of single points, with twice the coordinates so that centres are whole numbers."""
    border = (np.array(points, np.float32).reshape(-1, 1, 2) * 2).astype(np.int32)
    rows, columns = np.indices(shape)
    sides = [
        cv2.pointPolygonTest(border, (float(2 * column + 1), float(2 * row + 1)), False)
        for row, column in zip(rows.ravel(), columns.ravel(), strict=True)
    ]
    return np.array(sides).reshape(shape)


def test_a_box_on_the_grid_holds_exactly_its_pixels():
    expected = np.zeros(SHAPE, np.bool_)
    expected[2:5, 3:7] = True
    assert np.array_equal(fill_polygon([3, 2, 7, 2, 7, 5, 3, 5], SHAPE), expected)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20)), min_size=3, max_size=7))
def test_it_holds_the_pixels_whose_centre_lies_inside(corners):
    points = [float(number) for corner in corners for number in corner]
    sides = centres_inside(points, SHAPE)
    found = fill_polygon(points, SHAPE)
    # A centre on the border itself may fall on either side.
    assert np.array_equal(found[sides != 0], sides[sides != 0] > 0)


@settings(max_examples=50)
@given(st.floats(0, 9), st.floats(0, 9), st.floats(1, 10), st.floats(1, 10))
def test_two_halves_of_a_box_share_no_pixel_and_leave_none_out(left, top, width, height):
    right, bottom = left + width, top + height
    whole = fill_polygon([left, top, right, top, right, bottom, left, bottom], SHAPE)
    upper = fill_polygon([left, top, right, top, right, bottom], SHAPE)
    lower = fill_polygon([left, top, right, bottom, left, bottom], SHAPE)
    assert np.array_equal(upper ^ lower, whole)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        pytest.param([1, 1, 5, 5], "4 numbers", id="two corners"),
        pytest.param([1, 1, 5, 5, 3, 4, 2], "7 numbers", id="odd"),
        pytest.param([1, 1, 5, float("nan"), 3, 4], "no number", id="nan"),
        pytest.param([1, 1, 32, 5, 3, 4], "leaves the 20 x 30", id="right of it"),
        pytest.param([1, -1.5, 3, 5, 3, 4], "leaves the 20 x 30", id="above it"),
    ],
)
def test_a_damaged_polygon_is_refused(points, reason):
    with pytest.raises(ValueError, match=reason):
        fill_polygon(points, SHAPE)


def test_a_corner_within_a_pixel_of_the_edge_is_taken_as_on_it():
    assert fill_polygon([-1, -1, 30.5, -1, 30.5, 21, -1, 21], SHAPE).all()
