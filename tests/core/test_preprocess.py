"""The way in: the same film gives the same input, whatever it was stored as."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from films import bright_square, square_pixels
from pleura.core.preprocess import (
    apply_voi,
    equalise,
    exposed,
    spread_contrast,
    standardise,
    to_grey,
    to_input,
    to_network,
    to_square,
)
from pleura.core.spec import Clahe, Contrast, Crop, InputSpec
from pleura.core.types import Voi

DECLARED, PERCENTILE, VOI = (Contrast(kind=kind) for kind in ("declared", "percentile", "voi_percentile"))
RAMP = np.linspace(0, 1, 101, dtype=np.float32)


def make_spec(contrast=PERCENTILE, side=64, channels=1, crop=None, clahe=None):
    mean, std = (0.4,) * channels, (0.2,) * channels
    return InputSpec(side=side, channels=channels, contrast=contrast, crop=crop, clahe=clahe, mean=mean, std=std)


def smooth_film(shape, seed=0):
    """Grey values between .15 and .85 that change slowly: (H, W) float32."""
    coarse = np.random.default_rng(seed).uniform(0.15, 0.85, (6, 6)).astype(np.float32)
    return cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_LINEAR)


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(64, 300),
    width=st.integers(64, 300),
    channels=st.sampled_from([1, 3]),
    contrast=st.sampled_from([DECLARED, PERCENTILE, VOI]),
    clahe=st.sampled_from([None, Clahe()]),
)
def test_every_film_size_gives_the_input_the_spec_names(height, width, channels, contrast, clahe):
    spec = make_spec(contrast, channels=channels, clahe=clahe)
    given_film = smooth_film((height, width))
    result = to_input(given_film, None, spec)
    assert result.shape == (channels, 64, 64)
    assert result.dtype == np.float32
    assert result.flags.c_contiguous
    assert -0.4 / 0.2 - 1e-5 <= result.min() <= result.max() <= (1 - 0.4) / 0.2 + 1e-5


def test_a_film_and_its_bare_pixels_give_the_same_input():
    film = bright_square((200, 150), (20, 30), 60)
    assert np.array_equal(to_network(film, make_spec()), to_input(film.pixels, film.voi, make_spec()))


def test_channels_are_copies_standardised_by_their_own_mean_and_deviation():
    spec = InputSpec(side=64, channels=3, contrast=DECLARED, mean=(0.1, 0.2, 0.3), std=(1.0, 0.5, 0.25))
    grey = to_grey(smooth_film((128, 128)), None, spec)
    expected = np.stack([grey - 0.1, (grey - 0.2) / 0.5, (grey - 0.3) / 0.25])
    assert np.allclose(to_input(smooth_film((128, 128)), None, spec), expected, atol=1e-6)


def test_standardising_takes_off_the_mean_then_divides():
    assert standardise(np.float32([3]), np.float32([1]), np.float32([4])) == 0.5


@pytest.mark.parametrize("contrast", [DECLARED, PERCENTILE, VOI])
def test_8_and_16_bits_of_the_same_film_give_the_same_input(contrast):
    stored = np.rint(square_pixels((256, 192), (50, 40), 70) * 255).astype(np.uint8)
    stored[:8] = 0
    shallow = stored.astype(np.float32) / 255
    deep = (stored.astype(np.uint16) * 257).astype(np.float32) / 65535
    assert np.allclose(
        to_input(shallow, None, make_spec(contrast)), to_input(deep, None, make_spec(contrast)), atol=1e-5
    )


@settings(max_examples=25, deadline=None)
@given(low=st.floats(0.0, 0.4), span=st.floats(0.1, 0.5))
def test_percentile_contrast_does_not_depend_on_exposure(low, span):
    film = smooth_film((64, 64))
    exposure = (0.02 + low + film * span).astype(np.float32)
    assert np.allclose(
        spread_contrast(exposure, None, PERCENTILE), spread_contrast(film, None, PERCENTILE), atol=2e-3
    )


@pytest.mark.parametrize("value", [0.0, 1.0], ids=["black", "white"])
def test_percentile_contrast_ignores_shutters(value):
    film = smooth_film((64, 64))
    framed = np.full((96, 96), value, dtype=np.float32)
    framed[16:80, 16:80] = film
    assert np.allclose(
        spread_contrast(framed, None, PERCENTILE)[16:80, 16:80], spread_contrast(film, None, PERCENTILE)
    )


def test_a_film_that_is_nearly_all_black_counts_as_a_whole():
    film = np.zeros((10, 10), dtype=np.float32)
    film[0, :10] = 0.5
    assert exposed(film).size == 100
    film[:3] = 0.5
    assert exposed(film).size == 30


def test_a_constant_film_stays_finite():
    flat = np.full((64, 64), 0.5, dtype=np.float32)
    assert np.isfinite(to_input(flat, None, make_spec())).all()


def test_declared_contrast_changes_nothing_and_ignores_the_header():
    film = smooth_film((64, 64))
    assert np.array_equal(spread_contrast(film, Voi("linear", 0.4, 0.5), DECLARED), film)


def test_only_the_voi_contrast_follows_the_header():
    film, window = smooth_film((64, 64)), Voi("sigmoid", 0.5, 0.7)
    assert np.array_equal(spread_contrast(film, window, PERCENTILE), spread_contrast(film, None, PERCENTILE))
    followed = spread_contrast(apply_voi(film, window), None, PERCENTILE)
    assert np.array_equal(spread_contrast(film, window, VOI), followed)


def test_a_linear_window_maps_its_ends_to_0_and_1_and_clips():
    curve = apply_voi(RAMP, Voi("linear", 0.2, 0.6))
    assert np.allclose(curve[[0, 20, 40, 60, 100]], [0, 0, 0.5, 1, 1], atol=1e-6)


def test_a_sigmoid_follows_the_standard_and_never_overflows():
    curve = apply_voi(RAMP, Voi("sigmoid", 0.5, 0.9))
    assert np.allclose(curve, 1 / (1 + np.exp(-4 * (RAMP - 0.5) / 0.4)), atol=1e-6)
    narrow = apply_voi(RAMP, Voi("sigmoid", 0.5, 0.5 + 1 / 512))
    assert narrow[0] == 0
    assert narrow[-1] == 1


def test_a_table_is_read_between_its_entries_and_held_at_its_ends():
    curve = apply_voi(RAMP, Voi("table", 0.25, 0.75, (0.1, 0.9, 0.5)))
    assert np.allclose(curve[[0, 25, 50, 75, 100]], [0.1, 0.1, 0.9, 0.5, 0.5], atol=1e-5)
    assert curve.dtype == np.float32


def test_a_crop_is_the_same_as_a_film_cut_by_hand():
    film = smooth_film((200, 100))
    spec = make_spec(crop=Crop(top=0.1, bottom=0.8, left=0.2, right=0.9))
    assert np.array_equal(to_grey(film, None, spec), to_grey(film[20:160, 20:90], None, make_spec()))


@pytest.mark.parametrize("shape", [(256, 256), (130, 90), (40, 300), (32, 48)])
def test_resizing_keeps_the_mean_grey(shape):
    film = smooth_film(shape)
    small = to_square(film, 64)
    assert small.shape == (64, 64)
    assert small.dtype == np.float32
    assert abs(float(small.mean() - film.mean())) < 0.01


def test_clahe_lifts_local_contrast_and_stays_in_range():
    film = 0.4 + 0.1 * smooth_film((64, 64))
    film[::2] += 0.01
    lifted = equalise(film, Clahe())
    assert lifted.min() >= 0
    assert lifted.max() <= 1
    assert np.ptp(lifted) > 2 * np.ptp(film)
    assert np.array_equal(to_grey(film, None, make_spec(DECLARED, clahe=Clahe())), lifted)


@pytest.mark.parametrize("levels", [255, 65535], ids=["8_bit_film", "16_bit_film"])
def test_clahe_lifts_more_the_higher_its_clip(levels):
    film = np.rint((0.3 + 0.4 * smooth_film((256, 256))) * levels).astype(np.float32) / levels
    lifted = [float(np.abs(equalise(film, Clahe(clip=clip)) - film).mean()) for clip in (1.0, 2.0, 4.0)]
    assert lifted[0] < 0.8 * lifted[1] < 0.8**2 * lifted[2]
