"""Variants: each is what its labels say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.core.types import View
from pleura.train.gate.pictures import STORED_SIDE, Picture
from pleura.train.gate.variants import CROP, DRAWN, as_it_is, disturbed, drawn, tight_crop

seeds = st.integers(0, 2**32 - 1)


def ramp():
    """Bright in the upper right corner and nowhere else alike."""
    across = np.linspace(0.1, 0.9, STORED_SIDE, dtype=np.float32)
    return Picture(across[None, :] * across[::-1, None], "a", "a:1", True, View.AP)


def in_range(pixels):
    assert pixels.shape == (STORED_SIDE, STORED_SIDE)
    assert pixels.dtype == np.float32
    assert 0 <= pixels.min() <= pixels.max() <= 1


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_turn_counts_quarters_to_the_left(turn):
    variant = as_it_is(ramp(), turn=turn)
    corners = [(0, -1), (0, 0), (-1, 0), (-1, -1)]  # upper right, and where each quarter to the left takes it
    assert np.unravel_index(variant.pixels.argmax(), variant.pixels.shape) == tuple(
        at % STORED_SIDE for at in corners[turn]
    )
    np.testing.assert_array_equal(np.rot90(variant.pixels, -turn), ramp().pixels)
    assert variant.turn == turn


def test_mirrored_and_inverted_are_exact():
    np.testing.assert_array_equal(as_it_is(ramp(), mirrored=True).pixels, ramp().pixels[:, ::-1])
    np.testing.assert_array_equal(as_it_is(ramp(), inverted=True).pixels, 1 - ramp().pixels)


@given(seed=seeds)
def test_a_disturbed_picture_keeps_its_labels_and_its_range(seed):
    variant = disturbed(ramp(), np.random.default_rng(seed))
    in_range(variant.pixels)
    assert (variant.source, variant.group, variant.frontal, variant.view) == ("a", "a:1", True, View.AP)
    again = disturbed(ramp(), np.random.default_rng(seed))
    np.testing.assert_array_equal(variant.pixels, again.pixels)
    upright = np.rot90(1 - variant.pixels if variant.inverted else variant.pixels, -variant.turn)
    seen = upright[:, ::-1] if variant.mirrored else upright
    half = STORED_SIDE // 2
    assert seen[:half, half:].mean() > seen[half:, :half].mean()


@given(seed=seeds)
def test_crops_and_drawings_are_no_frontal_films(seed):
    crop = tight_crop(ramp(), np.random.default_rng(seed))
    other = drawn(np.random.default_rng(seed))
    for variant, source in ((crop, CROP), (other, DRAWN)):
        in_range(variant.pixels)
        assert not variant.frontal
        assert variant.source == source
    assert crop.group == "a:1"
