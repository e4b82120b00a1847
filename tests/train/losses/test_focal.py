import math

import pytest
import torch
from segmentation_models_pytorch.losses import FocalLoss

from losing import drawn, logit, lose, plane


def test_focal_loss_of_known_probabilities():
    target, logits = plane([1, 0], [0, 0]), logit(plane([0.9, 0.1], [0.5, 0.1]))
    # Right by .9: .1^2 * -log .9, three times; right by .5: .5^2 * log 2.
    expected = (3 * 0.01 * -math.log(0.9) + 0.25 * math.log(2)) / 4
    assert float(lose("focal", logits, target)) == pytest.approx(expected)


def test_label_focal_of_a_known_probability():
    assert float(lose("label_focal", logit([0.2]), torch.ones(1).double())) == pytest.approx(0.64 * -math.log(0.2))


def test_gamma_zero_is_cross_entropy():
    logits, target = drawn()
    assert float(lose("focal", logits, target, focal_gamma=0.0)) == pytest.approx(float(lose("bce", logits, target)))


@pytest.mark.parametrize("gamma", [1.0, 2.0, 3.5])
def test_focal_loss_equals_another_implementation(gamma):
    logits, target = drawn()
    other = float(FocalLoss("binary", gamma=gamma)(logits, target))
    assert float(lose("focal", logits, target, focal_gamma=gamma)) == pytest.approx(other)


def test_a_small_gamma_has_a_finite_slope_where_all_is_right():
    target = plane([1, 0], [0, 0])
    logits = (1e4 * (2 * target - 1)).requires_grad_()
    lose("focal", logits, target, focal_gamma=0.5).backward()
    assert torch.isfinite(logits.grad).all()
