import itertools

import pytest
import torch
from segmentation_models_pytorch.losses import LovaszLoss

from losing import drawn, lose, plane


def test_of_wrong_pixels_at_the_margin_it_is_the_jaccard_loss():
    # Errors are 2 where wrong and 0 where right, so it is twice the Jaccard loss: 1 of 3 is shared.
    target, answer = plane([1, 1], [0, 0]), plane([1, 0], [1, 0])
    assert float(lose("lovasz", 2 * answer - 1, target)) == pytest.approx(2 * (1 - 1 / 3))


@pytest.mark.parametrize("wrong", list(itertools.product([False, True], repeat=4)))
def test_it_extends_the_jaccard_loss_of_every_set_of_wrong_pixels(wrong):
    target = plane([1, 0], [1, 0]).bool()
    answer = target ^ torch.tensor(wrong).reshape(target.shape)
    jaccard = float((target & answer).sum() / (target | answer).sum())
    assert float(lose("lovasz", 2.0 * answer - 1, target.double())) == pytest.approx(2 * (1 - jaccard))


def test_on_an_empty_film_the_worst_pixel_alone_counts():
    assert float(lose("lovasz", plane([0.5, -3], [2, 0.1]), plane([0, 0], [0, 0]))) == pytest.approx(3.0)


def test_lovasz_equals_another_implementation_film_by_film():
    logits, target = (each.float() for each in drawn())
    other = float(LovaszLoss("binary", per_image=True)(logits, target))
    assert float(lose("lovasz", logits, target)) == pytest.approx(other)
