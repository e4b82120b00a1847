"""PNG bytes."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pleura.output.png import encode_png, mask_png

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))


def decode(content):
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


@settings(deadline=None)
@given(arrays(bool, SHAPES))
def test_a_mask_comes_back_as_0_and_255(mask):
    assert np.array_equal(decode(mask_png(mask)), mask * 255)


@settings(deadline=None)
@given(arrays(np.uint8, SHAPES.map(lambda shape: (*shape, 3))))
def test_colours_come_back_in_their_order(picture):
    assert np.array_equal(decode(encode_png(picture))[..., ::-1], picture)


@settings(deadline=None)
@given(arrays(np.uint16, SHAPES))
def test_sixteen_bits_come_back(picture):
    assert np.array_equal(decode(encode_png(picture)), picture)


def test_a_turned_mask_is_written_as_it_is_seen():
    mask = np.zeros((20, 30), bool)
    mask[3, 25] = True
    assert np.array_equal(decode(mask_png(mask.T)) > 0, mask.T)
