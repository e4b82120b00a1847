"""Windows of a grid: all of it is covered, and what was said of them is one map again."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.core.patches import cut_patches, join_patches, patch_weight, patch_windows
from pleura.core.spec import Patch

sides = st.integers(1, 5).map(lambda steps: 32 * steps)
overlaps = st.floats(0, 0.9)


@given(side=sides, patch=sides, overlap=overlaps)
def test_windows_cover_the_grid_and_overlap_as_asked(side, patch, overlap):
    patch = min(side, patch)
    windows = patch_windows(side, Patch(side=patch, overlap=overlap))
    seen = np.zeros((side, side), dtype=int)
    for window in windows:
        assert window.shape == (patch, patch)
        seen[window.top : window.bottom, window.left : window.right] += 1
    assert seen.min() >= 1
    starts = sorted({window.left for window in windows})
    assert starts[0] == 0
    assert starts[-1] + patch == side
    assert all(after - before <= round(patch * (1 - overlap)) + 1 for before, after in pairwise(starts))


def test_half_overlapping_windows_of_half_a_side_are_nine():
    windows = patch_windows(64, Patch(side=32, overlap=0.5))
    assert [(window.top, window.left) for window in windows] == [(r, c) for r in (0, 16, 32) for c in (0, 16, 32)]


def test_a_weight_falls_as_a_gaussian_of_an_eighth_of_the_side():
    weight = patch_weight(32)
    away = np.arange(32) - 15.5
    profile = np.exp(-(away**2) / (2 * 4**2))
    np.testing.assert_allclose(weight, profile[:, None] * profile, rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(side=sides, patch=sides, overlap=overlaps, films=st.integers(1, 3))
def test_what_every_window_sees_alike_is_joined_as_it_was(side, patch, overlap, films):
    asked = Patch(side=min(side, patch), overlap=overlap)
    planes = np.random.default_rng(films).normal(size=(films, 1, side, side)).astype(np.float32)
    cut = cut_patches(planes, asked)
    assert cut.shape == (films * len(patch_windows(side, asked)), 1, asked.side, asked.side)
    np.testing.assert_allclose(join_patches({"logits": cut}, side, asked)["logits"], planes, atol=1e-5)


def test_where_windows_disagree_the_nearer_middle_counts_more():
    asked = Patch(side=32, overlap=0.5)
    said = np.zeros((9, 1, 32, 32), dtype=np.float32)
    said[0] = 1.0
    joined = join_patches({"logits": said}, 64, asked)["logits"][0, 0]
    first, second = (np.exp(-((column - middle) ** 2) / 32) for column, middle in ((20, 15.5), (20, 31.5)))
    assert joined[5, 5] == 1.0
    assert joined[0, 20] == pytest.approx(first / (first + second), rel=1e-5)
    assert joined[5, 50] == 0.0


def test_air_in_any_window_is_air_on_the_film():
    labels = np.arange(18, dtype=np.float32).reshape(9, 2)
    labels[3, 0] = 99
    joined = join_patches({"label": labels.ravel()}, 64, Patch(side=32, overlap=0.5))
    assert joined["label"].tolist() == [99, 17]
