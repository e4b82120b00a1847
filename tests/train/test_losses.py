import math

import pytest
import torch

from pleura.core.recipe import Loss
from pleura.train.losses import Targets, binary_cross_entropy, soft_dice, total_loss

EVEN = Loss(bce=1.0, dice=1.0)


def no_air(shape):
    return Targets(torch.zeros(shape), torch.zeros(shape[0]))


def test_cross_entropy_of_an_undecided_network_is_log_two():
    logits, target = torch.zeros(2, 1, 4, 4), torch.randint(0, 2, (2, 1, 4, 4)).float()
    assert float(binary_cross_entropy(logits, target, EVEN)) == pytest.approx(math.log(2))


def test_positive_weight_counts_positive_pixels_more():
    logits, target = torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)
    weighted = binary_cross_entropy(logits, target, Loss(bce=1, dice=0, positive_weight=3.0))
    assert float(weighted) == pytest.approx(3 * math.log(2))


def test_soft_dice_of_half_probabilities_by_hand():
    logits, target = torch.zeros(1, 1, 2, 2), torch.tensor([[[[1.0, 0], [0, 0]]]])
    # 2 * .5 / (4 * .5 + 1) = 1/3; with smoothing 1: (1 + 1) / (3 + 1)
    assert float(soft_dice(logits, target, EVEN)) == pytest.approx(1 - 2 / 4)


def test_pooling_over_the_batch_and_over_images_differ():
    logits = torch.full((2, 1, 4, 4), -20.0)
    logits[0] = 20.0
    target = torch.zeros(2, 1, 4, 4)
    target[0] = 1.0
    target[1, 0, 0, 0] = 1.0
    pooled = float(soft_dice(logits, target, Loss(bce=0, dice=1, dice_smooth=1e-5)))
    each = float(soft_dice(logits, target, Loss(bce=0, dice=1, dice_smooth=1e-5, dice_pooling="image")))
    assert pooled == pytest.approx(1 - 32 / 33, abs=1e-4)
    assert each == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_loss_stays_finite_for_empty_masks_in_half_precision(dtype):
    logits = torch.full((1, 1, 1024, 1024), -9.0, dtype=dtype, requires_grad=True)
    loss, terms = total_loss({"logits": logits}, no_air((1, 1, 1024, 1024)), EVEN)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()
    assert set(terms) == {"bce", "dice"}


def test_a_term_of_weight_zero_is_left_out():
    loss, terms = total_loss({"logits": torch.zeros(1, 1, 4, 4)}, no_air((1, 1, 4, 4)), Loss(bce=2.0, dice=0.0))
    assert set(terms) == {"bce"}
    assert float(loss) == pytest.approx(2 * math.log(2))
