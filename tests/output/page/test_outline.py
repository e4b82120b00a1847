import numpy as np
import pytest

from pleura.output.page.outline import outline_path


def test_an_outline_stands_where_the_mask_is():
    mask = np.zeros((32, 40), np.bool_)
    mask[8:16, 4:12] = True
    numbers = np.array(outline_path(mask, 7.0).strip("MZ").replace("L", " ").split(), float).reshape(-1, 2)
    assert numbers.min(0) == pytest.approx([4.5 * 7, 8.5 * 7])
    assert numbers.max(0) == pytest.approx([11.5 * 7, 15.5 * 7])
    assert outline_path(~mask & mask, 7.0) == ""


def test_the_outlines_of_mere_noise_stay_small():
    noise = np.random.default_rng(0).random((256, 256)) > 0.5
    assert 0 < len(outline_path(noise, 1.0)) < 20_000
