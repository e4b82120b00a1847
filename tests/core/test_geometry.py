import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.core.geometry import Window, box_around, crop_window, lung_window
from pleura.core.spec import Crop, LungCrop


def test_no_crop_is_the_whole_film():
    assert crop_window((300, 200), None) == Window(0, 300, 0, 200)
    assert crop_window((300, 200), None).shape == (300, 200)


def test_a_margin_scales_with_the_film_and_is_clipped_to_it():
    crop = Crop(top=0.08, bottom=0.78, left=0.10, right=0.99, margin_px=20)
    assert crop_window((1024, 1024), crop) == Window(62, 819, 82, 1024)
    assert crop_window((2048, 512), crop) == Window(124, 1637, 41, 512)


@given(
    shape=st.tuples(st.integers(1, 4096), st.integers(1, 4096)),
    rows=st.tuples(st.floats(0, 1), st.floats(0, 1)).filter(lambda ends: ends[0] < ends[1]),
    columns=st.tuples(st.floats(0, 1), st.floats(0, 1)).filter(lambda ends: ends[0] < ends[1]),
    margin=st.integers(0, 200),
)
def test_a_window_lies_on_the_film_and_is_never_empty(shape, rows, columns, margin):
    crop = Crop(top=rows[0], bottom=rows[1], left=columns[0], right=columns[1], margin_px=margin)
    window = crop_window(shape, crop)
    assert 0 <= window.top < window.bottom <= shape[0]
    assert 0 <= window.left < window.right <= shape[1]


@pytest.mark.parametrize("crop", [None, Crop(top=0, bottom=1, left=0, right=1)])
def test_third_axes_are_left_alone(crop):
    assert crop_window((10, 20, 3), crop).shape == (10, 20)


def test_a_box_is_the_smallest_that_holds_the_mask():
    mask = np.zeros((64, 32), dtype=bool)
    mask[16:40, 4] = mask[20, 4:24] = True
    assert box_around(mask, None) == Crop(top=0.25, bottom=0.625, left=0.125, right=0.75)
    assert box_around(mask & False, None) is None


def test_a_box_found_on_a_part_of_a_film_is_one_of_the_film():
    lower_left = Crop(top=0.5, bottom=1.0, left=0.0, right=0.5)
    mask = np.zeros((64, 64), dtype=bool)
    mask[32:, :32] = True
    assert box_around(mask, lower_left) == Crop(top=0.75, bottom=1.0, left=0.0, right=0.25)


def test_lungs_are_seen_with_a_margin_of_their_own_sides_clipped_to_the_film():
    lungs = Crop(top=0.2, bottom=0.7, left=0.1, right=0.9)
    seen = lung_window(lungs, LungCrop(margin=0.2))
    assert (seen.top, seen.bottom, seen.left, seen.right) == pytest.approx((0.1, 0.8, 0.0, 1.0))
    assert lung_window(lungs, LungCrop(margin=0.0)) == lungs


def test_a_film_without_lungs_is_seen_whole():
    assert crop_window((300, 200), lung_window(None, LungCrop())) == Window(0, 300, 0, 200)
