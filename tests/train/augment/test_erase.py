import numpy as np
import torch

from pleura.core.recipe import Erase
from pleura.train.augment.erase import EraseDraw, apply_erase, draw_erase


def films(count, side=16):
    return torch.from_numpy(np.random.default_rng(0).random((count, 1, side, side), dtype=np.float32))


def test_a_film_loses_one_square_of_that_size_at_that_place_to_its_own_mean():
    planes = films(3)
    result = apply_erase(planes, [EraseDraw(0.25, left=0.0, top=1.0), EraseDraw(), EraseDraw(0.5, 0.5, 0.0)], side=16)
    for row, (rows, columns) in {0: (slice(12, 16), slice(0, 4)), 2: (slice(0, 8), slice(4, 12))}.items():
        expected = planes[row, 0].clone()
        expected[rows, columns] = planes[row].mean()
        assert torch.allclose(result[row, 0], expected)
    assert torch.equal(result[1], planes[1])


def test_in_a_crop_the_square_is_as_large_as_in_the_whole_film():
    planes = films(1)
    lost = (apply_erase(planes, [EraseDraw(0.125, 0.3, 0.7)], side=32) != planes).sum()
    assert lost == 4 * 4


def test_squares_are_drawn_as_often_and_as_large_as_the_recipe_says():
    rng = np.random.default_rng(0)
    drawn = [draw_erase(Erase(chance=0.25, size=(0.1, 0.2)), rng) for _ in range(400)]
    sizes = [item.size for item in drawn if item.size > 0]
    assert 70 <= len(sizes) <= 130
    assert 0.1 <= min(sizes) < 0.11
    assert 0.19 < max(sizes) <= 0.2
