import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pleura.core.metrics import surface_scores

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from monai.metrics import compute_hausdorff_distance, compute_surface_dice

shapes = st.tuples(st.integers(1, 14), st.integers(1, 14))
# Sixteenths are exact in binary, so that MONAI's single precision decides ties at the tolerance as ours does.
lengths = st.integers(2, 40).map(lambda sixteenths: sixteenths / 16)
spacings = st.none() | st.tuples(lengths, lengths)


@st.composite
def pairs(draw):
    shape = draw(shapes)
    kinds = st.sampled_from(["empty", "full", "pixel", "random", "random"])

    def mask():
        kind = draw(kinds)
        if kind == "random":
            return draw(arrays(np.bool_, shape))
        made = np.full(shape, kind == "full")
        if kind == "pixel":
            made[draw(st.integers(0, shape[0] - 1)), draw(st.integers(0, shape[1] - 1))] = True
        return made

    return mask(), mask()


def monais(predicted, truth, spacing, tolerance):
    one, other = (torch.from_numpy(mask.astype(np.float32))[None, None] for mask in (predicted, truth))
    given_spacing = None if spacing is None else list(spacing)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of every empty mask
        nsd = compute_surface_dice(one, other, [tolerance], include_background=True, spacing=given_spacing)
        hd95 = compute_hausdorff_distance(one, other, include_background=True, percentile=95, spacing=given_spacing)
    return float(nsd), float(hd95)


@settings(max_examples=60, deadline=None)
@given(pairs(), spacings, st.sampled_from([0.0, 1.0, 2.0, 3.5]))
def test_surface_scores_agree_with_monai(masks, spacing, tolerance):
    predicted, truth = masks
    ours = surface_scores(predicted, truth, spacing, tolerance)
    nsd, hd95 = monais(predicted, truth, spacing, tolerance)
    assert ours.nsd == pytest.approx(nsd, nan_ok=True)
    if predicted.any() and truth.any():
        assert ours.hd95 == pytest.approx(hd95, rel=1e-5)
    else:
        assert math.isnan(ours.hd95)
        assert not math.isfinite(hd95)


@settings(max_examples=50, deadline=None)
@given(pairs(), spacings)
def test_readers_may_change_places(masks, spacing):
    one, other = masks
    there, back = surface_scores(one, other, spacing), surface_scores(other, one, spacing)
    assert (there.nsd, there.hd95) == pytest.approx((back.nsd, back.hd95), nan_ok=True)


def square(top, left, side, shape=(60, 80)):
    mask = np.zeros(shape, dtype=np.bool_)
    mask[top : top + side, left : left + side] = True
    return mask


def test_a_shift_along_rows_is_measured_in_mm_of_a_row():
    # A 10 x 10 square moved by 4 columns: all that lies beyond is at most 4 columns from the other border.
    found = surface_scores(square(20, 20, 10), square(20, 24, 10), (0.1, 0.75))
    assert found.hd95 == pytest.approx(3.0)
    assert surface_scores(square(20, 20, 10), square(24, 20, 10), (0.1, 0.75)).hd95 == pytest.approx(0.4)


def test_two_pixels_are_as_far_apart_as_their_centres():
    found = surface_scores(square(10, 10, 1), square(13, 14, 1), None)
    assert (found.nsd, found.hd95) == (0.0, 5.0)
    assert surface_scores(square(10, 10, 1), square(13, 14, 1), (0.4, 0.4)).nsd == 1.0  # 2 mm, tolerance included


def test_equal_masks_agree_wholly():
    found = surface_scores(square(5, 5, 9), square(5, 5, 9), (0.2, 0.3))
    assert (found.nsd, found.hd95) == (1.0, 0.0)


def test_the_tolerance_decides_what_agrees():
    # A 3 x 3 square in the middle of a 7 x 7 one: all of its 8 border pixels are 2 px inside, and 12 of the outer 24.
    inner, outer = square(12, 12, 3), square(10, 10, 7)
    assert surface_scores(inner, outer, None, 1.9).nsd == 0.0
    assert surface_scores(inner, outer, None, 2.0).nsd == pytest.approx((8 + 12) / (8 + 24))


def test_a_hole_has_a_border_too():
    ring = square(10, 10, 9) & ~square(13, 13, 3)
    found = surface_scores(ring, square(10, 10, 9), None, 0.0)
    hole = 12  # pixels of the ring that touch the 3 x 3 hole with a side
    assert found.nsd == pytest.approx(2 * 32 / (2 * 32 + hole))


def test_the_edge_of_the_film_is_a_border():
    full, lone = np.ones((5, 5), dtype=np.bool_), np.zeros((5, 5), dtype=np.bool_)
    lone[2, 2] = True
    # The 16 pixels along the edge are 2 to sqrt(8) px from the middle: 4 corners, 8 beside them, 4 straight away.
    around = [8**0.5] * 4 + [5**0.5] * 8 + [2.0] * 4
    found = surface_scores(full, lone, None)
    assert found.hd95 == pytest.approx(np.quantile(around, 0.95))
    assert found.nsd == pytest.approx((4 + 1) / 17)


@pytest.mark.parametrize(
    ("spacing", "tolerance", "shape"),
    [
        pytest.param((0.0, 1.0), 2.0, (60, 80), id="no_spacing_of_nothing"),
        pytest.param((1.0, math.nan), 2.0, (60, 80), id="no_nan"),
        pytest.param(None, -1.0, (60, 80), id="no_negative_tolerance"),
        pytest.param(None, 2.0, (80, 60), id="one_shape"),
    ],
)
def test_what_cannot_be_measured_is_refused(spacing, tolerance, shape):
    with pytest.raises(ValueError, match=r"differ in shape|finite distances"):
        surface_scores(square(5, 5, 9), square(5, 5, 9, shape), spacing, tolerance)
