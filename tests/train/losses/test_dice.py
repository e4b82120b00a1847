import pytest
import torch
from segmentation_models_pytorch.losses import DiceLoss

from losing import drawn, lose, plane


def two_films_one_missed():
    """A full film found whole, and one pixel that is missed."""
    logits, target = torch.full((2, 1, 4, 4), -40.0), torch.zeros(2, 1, 4, 4)
    logits[0], target[0], target[1, 0, 0, 0] = 40.0, 1.0, 1.0
    return logits, target


def test_soft_dice_of_half_probabilities_by_hand():
    target = plane([1, 0], [0, 0])
    # 2 * .5 / (4 * .5 + 1) = 1/3; with smoothing 1: (1 + 1) / (3 + 1)
    assert float(lose("dice", torch.zeros_like(target), target)) == pytest.approx(1 - 2 / 4)


@pytest.mark.parametrize(("pooling", "expected"), [("batch", 1 - 32 / 33), ("image", 0.5), ("non_empty", 0.5)])
def test_pooling_over_the_batch_and_over_films_differ(pooling, expected):
    logits, target = two_films_one_missed()
    assert float(lose("dice", logits, target, dice_pooling=pooling, dice_smooth=1e-5)) == pytest.approx(
        expected, abs=1e-4
    )


def test_non_empty_leaves_films_without_a_pneumothorax_out():
    logits, target = two_films_one_missed()
    with_empty = (
        torch.cat((logits, torch.full((3, 1, 4, 4), 2.0))),
        torch.cat((target, torch.full((3, 1, 4, 4), 0.1))),
    )
    alone, beside = (
        float(lose("dice", *films, dice_pooling="non_empty")) for films in (with_empty, (logits, target))
    )
    assert alone == pytest.approx(beside)


def test_non_empty_is_zero_and_flat_where_no_film_has_a_pneumothorax():
    logits = torch.zeros(2, 1, 4, 4, requires_grad=True)
    loss = lose("dice", logits, torch.zeros(2, 1, 4, 4), dice_pooling="non_empty")
    loss.backward()
    assert float(loss.detach()) == 0
    assert not logits.grad.any()


def test_dice_over_the_batch_equals_another_implementation():
    logits, target = drawn()
    # It halves both sides of the fraction, and so the smoothing.
    other = float(DiceLoss("binary", smooth=0.5)(logits, target))
    assert float(lose("dice", logits, target, dice_smooth=1.0)) == pytest.approx(other)
