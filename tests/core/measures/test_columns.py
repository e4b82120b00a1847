"""The column of a mask's centroid."""

import numpy as np
import pytest

from pleura.core.measures.columns import centroid_column


def test_it_is_the_mean_column_of_the_pixels():
    mask = np.random.default_rng(0).random((37, 53)) < 0.3
    assert centroid_column(mask) == pytest.approx(np.nonzero(mask)[1].mean())
    assert centroid_column(mask[::2, ::-1]) == pytest.approx(np.nonzero(mask[::2, ::-1])[1].mean())


def test_an_empty_mask_has_none():
    assert centroid_column(np.zeros((4, 5), bool)) is None
