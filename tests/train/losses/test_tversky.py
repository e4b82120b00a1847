import pytest
import torch
from segmentation_models_pytorch.losses import TverskyLoss

from losing import drawn, logit, lose, plane


def test_tversky_of_known_counts():
    target, logits = plane([1, 1], [0, 0]), logit(plane([0.5, 0.5], [0.25, 0.25]))
    # Hits 1, false alarms .5, missed 1; with smoothing 1: 2 / (2 + .3 * .5 + .7 * 1)
    assert float(lose("tversky", logits, target)) == pytest.approx(1 - 2 / 2.85)
    assert float(lose("focal_tversky", logits, target)) == pytest.approx((1 - 2 / 2.85) ** 0.75)


def test_alpha_and_beta_of_a_half_make_it_the_dice():
    logits, target = drawn()
    halves = {"tversky_alpha": 0.5, "tversky_beta": 0.5, "dice_smooth": 0.5}
    # Dice has twice the counts above and below, and so twice the smoothing.
    assert float(lose("tversky", logits, target, **halves)) == pytest.approx(
        float(lose("dice", logits, target, dice_smooth=1.0))
    )


def test_tversky_equals_another_implementation():
    logits, target = drawn()
    other = TverskyLoss("binary", smooth=1.0, alpha=0.2, beta=0.8, gamma=1.0)(logits, target)
    assert float(lose("tversky", logits, target, tversky_alpha=0.2, tversky_beta=0.8)) == pytest.approx(float(other))


def test_focal_tversky_equals_another_implementation():
    logits, target = drawn()
    other = TverskyLoss("binary", smooth=1.0, alpha=0.3, beta=0.7, gamma=0.6)(logits, target)
    assert float(lose("focal_tversky", logits, target, focal_tversky_gamma=0.6)) == pytest.approx(float(other))


def test_a_perfect_answer_has_a_finite_slope_under_a_power_below_one():
    target = plane([1, 0], [0, 0])
    logits = (1e4 * (2 * target - 1)).requires_grad_()
    loss = lose("focal_tversky", logits, target)
    loss.backward()
    assert float(loss.detach()) < 1e-8
    assert torch.isfinite(logits.grad).all()
