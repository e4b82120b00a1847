import math

import pytest
import torch

from losing import drawn, lose
from pleura.core.recipe import TERMS as NAMES
from pleura.core.recipe import Loss
from pleura.train.losses import TERMS, Targets, total_loss

EVERY = Loss(**dict.fromkeys(NAMES, 1.0))


def outputs_of(logits):
    """Every head and two levels, made from one map of logits."""
    heads = {"label": logits.mean(dim=(1, 2, 3)), "distance": torch.tanh(logits)}
    return {"logits": logits} | heads | {"level1": logits / 2, "level2": logits / 3}


def test_every_term_of_a_recipe_has_its_row():
    assert tuple(TERMS) == NAMES


def test_a_term_of_weight_zero_is_left_out():
    logits = torch.zeros(1, 1, 4, 4)
    loss, terms = total_loss({"logits": logits}, Targets(logits, logits[:, 0, 0, 0]), Loss(bce=2.0))
    assert set(terms) == {"bce"}
    assert float(loss) == pytest.approx(2 * math.log(2))


def test_the_total_is_the_weighted_sum_of_terms():
    logits, target = drawn()
    loss, terms = total_loss(
        {"logits": logits}, Targets(target, target.amax((1, 2, 3))), Loss(bce=1024.0, dice=0.5, lovasz=0.25)
    )
    expected = 1024 * terms["bce"] + 0.5 * terms["dice"] + 0.25 * terms["lovasz"]
    assert float(loss) == pytest.approx(float(expected))


def test_levels_count_as_the_mean_of_their_masks_losses():
    logits, target = drawn()
    targets = Targets(target, target.amax((1, 2, 3)))
    outputs = {"logits": logits, "level1": logits / 2, "level2": -logits, "level3": logits + 1}
    loss, terms = total_loss(outputs, targets, Loss(bce=3.0, dice=1.0, deep=0.5))
    levels = [3 * lose("bce", outputs[key], target) + lose("dice", outputs[key], target) for key in list(outputs)[1:]]
    assert float(terms["deep"]) == pytest.approx(float(sum(levels)) / 3)
    own = 3 * lose("bce", logits, target) + lose("dice", logits, target)
    assert float(loss) == pytest.approx(float(own + 0.5 * sum(levels) / 3))


def test_deep_zero_leaves_the_levels_out():
    logits, target = drawn()
    outputs = {"logits": logits, "level1": logits / 2}
    assert set(total_loss(outputs, Targets(target, target.amax((1, 2, 3))), Loss(bce=1.0, deep=0.0))[1]) == {"bce"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_every_term_is_finite_for_a_large_empty_film_in_half_precision(dtype):
    logits = torch.full((1, 1, 1024, 1024), -9.0, dtype=dtype, requires_grad=True)
    loss, terms = total_loss(outputs_of(logits), Targets(torch.zeros(1, 1, 1024, 1024), torch.zeros(1)), EVERY)
    loss.backward()
    assert torch.isfinite(torch.stack(list(terms.values()))).all()
    assert torch.isfinite(logits.grad).all()
    assert loss.dtype == torch.float32


@pytest.mark.parametrize("size", [1e4, -1e4])
@pytest.mark.parametrize("covered", [0.0, 1.0])
@pytest.mark.parametrize("name", NAMES)
def test_slopes_are_finite_at_huge_logits(name, covered, size):
    logits = torch.full((2, 1, 8, 8), size, requires_grad=True)
    targets = Targets(torch.full((2, 1, 8, 8), covered), torch.full((2,), covered))
    loss, _terms = total_loss(outputs_of(logits), targets, Loss(**{name: 1.0}))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()


def test_inside_an_autocast_region_it_is_the_same():
    logits, target = (each.float() for each in drawn())
    targets = Targets(target, target.amax((1, 2, 3)))
    outside, _terms = total_loss(outputs_of(logits), targets, EVERY)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside, _terms = total_loss(outputs_of(logits), targets, EVERY)
    assert inside.dtype == torch.float32
    assert float(inside) == float(outside)


@pytest.mark.parametrize("pooling", ["image", "batch", "non_empty"])
def test_slopes_are_those_of_finite_differences(pooling):
    logits, target = drawn(films=2, side=3, seed=1)
    targets = Targets(target, target.amax((1, 2, 3)))
    loss = EVERY.model_copy(update={"dice_pooling": pooling, "positive_weight": 2.0})
    assert torch.autograd.gradcheck(
        lambda each: total_loss(outputs_of(each), targets, loss)[0], logits.requires_grad_()
    )
