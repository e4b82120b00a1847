"""The way back: one decision, one outline, in place at native size."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pleura.core.geometry import crop_window
from pleura.core.postprocess import (
    decide,
    decide_grid,
    drop_small,
    fold_flips,
    grid_pixels,
    presence_score,
    presence_threshold,
    probabilities,
    to_native,
)
from pleura.core.preprocess import to_grey
from pleura.core.spec import Contrast, Crop, DecisionSpec, InputSpec
from pleura.core.types import Maps

SIDE = 64
CROP = Crop(top=0.08, bottom=0.78, left=0.1, right=0.85, margin_px=20)


def make_spec(side=SIDE, crop=None):
    return InputSpec(side=side, channels=1, contrast=Contrast(kind="declared"), crop=crop, mean=(0.5,), std=(0.25,))


def outline_at(bottom, removal=0):
    return DecisionSpec(rule="threshold", bottom=bottom, removal=removal, tta="none")


def triplet(top, area, bottom, removal=0):
    return DecisionSpec(rule="triplet", top=top, area=area, bottom=bottom, removal=removal, tta="none")


def random_map(seed, blur, side=SIDE):
    """A smooth random map that fills [0, 1]."""
    noise = np.random.default_rng(seed).random((side, side)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    return (smooth - smooth.min()) / np.ptp(smooth)


maps = st.builds(random_map, st.integers(0, 10**6), st.floats(0.4, 4.0))
shapes = st.tuples(st.integers(64, 320), st.integers(64, 320))


def ellipse(shape, centre, axes, angle):
    """A filled ellipse; lengths are fractions of the film."""
    canvas = np.zeros(shape, dtype=np.uint8)
    middle = (round(centre[0] * shape[1]), round(centre[1] * shape[0]))
    sizes = (round(axes[0] * shape[1]), round(axes[1] * shape[0]))
    return cv2.ellipse(canvas, middle, sizes, angle, 0, 360, 1, -1).astype(bool)


@st.composite
def drawn_masks(draw):
    """A film's shape with an ellipse or a crescent drawn at native size, both smooth at the grid's scale."""
    shape = draw(st.tuples(st.integers(200, 900), st.integers(200, 900)))
    centre = draw(st.tuples(st.floats(0.35, 0.6), st.floats(0.3, 0.6)))
    axes = draw(st.tuples(st.floats(0.1, 0.2), st.floats(0.12, 0.2)))
    mask = ellipse(shape, centre, axes, draw(st.floats(0, 180)))
    if draw(st.booleans()):
        mask &= ~ellipse(shape, (centre[0] + 0.12, centre[1]), (0.14, 0.25), 0)
    return mask


def within_one_pixel(first, second):
    """Whether each of two masks lies inside the other grown by a pixel."""
    kernel = np.ones((3, 3), dtype=np.uint8)
    grown = [cv2.dilate(mask.astype(np.uint8), kernel).astype(bool) for mask in (first, second)]
    return not (first & ~grown[1]).any() and not (second & ~grown[0]).any()


@settings(max_examples=40, deadline=None)
@given(mask=drawn_masks(), crop=st.sampled_from([None, CROP]))
def test_a_mask_drawn_at_native_size_survives_the_trip_within_one_pixel(mask, crop):
    spec = make_spec(256, crop)
    window = crop_window(mask.shape, crop)
    inside = mask[window.top : window.bottom, window.left : window.right]
    # Thin tips that the grid cannot hold are no outline; what is opened by a grid pixel is.
    pixel = [-(-size // 256) for size in window.shape]
    kernel = np.ones((4 * pixel[0] + 1, 4 * pixel[1] + 1), dtype=np.uint8)
    smooth = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel).astype(bool)
    assume(smooth.sum() > 400)
    assume(inside.sum() == mask.sum())
    verdict = decide(Maps(to_grey(smooth.astype(np.float32), None, spec)), mask.shape, spec, outline_at(0.5))
    assert verdict.present
    assert within_one_pixel(verdict.mask, smooth)


@pytest.mark.parametrize("shape", [(SIDE, SIDE), (128, 128), (192, 320)])
@pytest.mark.parametrize("mirror", [False, True])
def test_the_trip_leaves_no_offset(shape, mirror):
    mask = ellipse(shape, (0.3, 0.4), (0.15, 0.2), 0)
    mask = mask[:, ::-1] if mirror else mask
    spec = make_spec()
    grid = to_grey(np.ascontiguousarray(mask, dtype=np.float32), None, spec)
    back = decide(Maps(grid), shape, spec, outline_at(0.5)).mask
    for axis in (0, 1):
        middle = [np.nonzero(each)[axis].mean() for each in (mask, back)]
        assert abs(middle[0] - middle[1]) < 0.25 * max(1, shape[axis] / SIDE)


def test_nothing_is_found_outside_the_crop():
    verdict = decide(Maps(np.ones((SIDE, SIDE), dtype=np.float32)), (200, 300), make_spec(crop=CROP), outline_at(0.5))
    window = crop_window((200, 300), CROP)
    assert verdict.mask.sum() == window.shape[0] * window.shape[1]
    assert verdict.mask[window.top : window.bottom, window.left : window.right].all()


@settings(max_examples=60, deadline=None)
@given(grid=maps, top=st.floats(0.3, 0.95), area=st.integers(1, 120_000), bottom=st.floats(0.05, 0.3))
def test_the_triplet_rule_is_the_published_one(grid, top, area, bottom):
    """Sneddy 2019: empty if fewer than `area` pixels exceed `top`, else every pixel above `bottom`."""
    spec, decision = make_spec(), triplet(top, area, bottom)
    verdict = decide_grid(Maps(grid), spec, decision)
    published = int((grid > np.float32(top)).sum()) >= max(1, grid_pixels(area, spec))
    assert verdict.present == published
    assert np.array_equal(verdict.mask, (grid > np.float32(bottom)) & published)


@settings(max_examples=60, deadline=None)
@given(
    grid=maps,
    shape=shapes,
    top=st.floats(0.3, 0.999),
    bottom=st.floats(0.0, 0.3),
    area=st.integers(1, 60_000),
    removal=st.integers(0, 60_000),
    rule=st.sampled_from(["triplet", "threshold"]),
)
def test_score_presence_and_mask_never_contradict_each_other(grid, shape, top, bottom, area, removal, rule):
    decision = DecisionSpec(rule=rule, top=top, bottom=bottom, area=area, removal=removal)
    verdict = decide(Maps(grid), shape, make_spec(), decision)
    threshold = np.float32(presence_threshold(decision))
    assert verdict.present == (np.float32(verdict.score) > threshold) == bool(verdict.mask.any())
    assert verdict.present == decide_grid(Maps(grid), make_spec(), decision).present
    assert verdict.mask.shape == verdict.probabilities.shape == shape


def test_a_finding_smaller_than_a_film_pixel_still_has_one():
    grid = np.zeros((256, 256), dtype=np.float32)
    grid[100, 80] = 0.51
    verdict = decide(Maps(grid), (64, 64), make_spec(256), outline_at(0.5))
    assert verdict.present
    assert np.argwhere(verdict.mask).tolist() == [[25, 20]]


def test_the_score_of_the_triplet_rule_is_the_nth_largest_probability():
    grid = np.linspace(0, 1, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
    score = presence_score(Maps(grid), make_spec(), triplet(0.5, 256 * 10, 0.2))
    assert score == np.sort(grid.ravel())[-10]
    assert presence_score(Maps(grid), make_spec(), outline_at(0.5)) == 1.0


def test_the_threshold_of_presence_is_top_or_bottom_by_the_rule():
    assert presence_threshold(triplet(0.7, 600, 0.3)) == 0.7
    assert presence_threshold(outline_at(0.05)) == 0.05


@pytest.mark.parametrize(
    ("side", "crop", "area", "expected"),
    [
        pytest.param(512, None, 2000, 500, id="512"),
        pytest.param(1024, None, 2000, 2000, id="1024"),
        pytest.param(512, Crop(top=0, bottom=0.5, left=0, right=1), 2000, 1000, id="half a film"),
        pytest.param(64, None, 10**9, 64 * 64, id="more than there is"),
    ],
)
def test_an_area_means_the_same_on_every_grid(side, crop, area, expected):
    assert grid_pixels(area, make_spec(side, crop)) == expected


def test_small_parts_are_dropped_and_corners_connect():
    mask = np.zeros((16, 16), dtype=bool)
    mask[1:3, 1:3] = mask[3:5, 3:5] = True
    mask[10:12, 10:13] = True
    assert np.array_equal(drop_small(mask, 6), mask)
    assert np.array_equal(drop_small(mask, 7), mask & (np.arange(16) < 8))
    assert not drop_small(mask, 9).any()
    assert drop_small(mask, 1) is mask


@settings(max_examples=60, deadline=None)
@given(shape=shapes, bottom=st.floats(0.01, 0.95), row=st.integers(0, 50))
def test_a_dropped_part_leaves_no_trace_at_native_size(shape, bottom, row):
    grid = np.zeros((SIDE, SIDE), dtype=np.float32)
    grid[8:40, 4:20] = 0.99
    grid[row : row + 10, 45:57] = 0.98
    mask = decide(Maps(grid), shape, make_spec(), outline_at(bottom, removal=300 * 256)).mask
    assert mask[:, : shape[1] // 2].any()
    assert not mask[:, shape[1] // 2 :].any()


def test_a_part_is_dropped_before_presence_is_told():
    grid = np.zeros((SIDE, SIDE), dtype=np.float32)
    grid[3:6, 3:6] = 0.9
    verdict = decide(Maps(grid), (100, 100), make_spec(), triplet(0.5, 256, 0.2, removal=10 * 256))
    assert not verdict.present
    assert verdict.score == 0.5


def test_a_film_without_a_finding_keeps_its_map():
    grid = np.full((SIDE, SIDE), 0.4, dtype=np.float32)
    verdict = decide(Maps(grid), (100, 80), make_spec(), triplet(0.5, 600, 0.2))
    assert not verdict.mask.any()
    assert np.allclose(verdict.probabilities, 0.4)
    assert verdict.score == np.float32(0.4)


def test_a_flipped_film_folds_back_onto_the_plain_one():
    grid = random_map(0, 2.0)
    plain, mirrored = Maps(grid, 0.2, grid - 1), Maps(grid[:, ::-1] * 0.5, 0.8, (grid - 1)[:, ::-1])
    folded = fold_flips(plain, mirrored)
    assert np.allclose(folded.mask, grid * 0.75)
    assert folded.label == pytest.approx(0.5)
    assert np.array_equal(folded.distance, grid - 1)


def test_probabilities_are_the_logistic_function_and_never_overflow():
    logits = np.array([-1e30, -1000, -2, 0, 2, 1000, 1e30], dtype=np.float32)
    expected = [0, 0, 1 / (1 + np.exp(2)), 0.5, 1 / (1 + np.exp(-2)), 1, 1]
    assert np.allclose(probabilities(logits), expected, atol=1e-7)
    assert probabilities(logits).dtype == np.float32


@settings(max_examples=30, deadline=None)
@given(grid=maps, shape=shapes, crop=st.sampled_from([None, CROP]))
def test_a_map_at_native_size_stays_within_its_own_range(grid, shape, crop):
    native = to_native(grid, shape, make_spec(crop=crop))
    assert native.shape == shape
    assert native.min() >= 0
    assert native.max() <= grid.max() + 1e-6
