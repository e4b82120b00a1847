import math
import warnings

import pytest
import torch

from pleura.core.recipe import Stage
from pleura.train.schedule import Plateau, learning_rate

RATE, FLOOR, EPOCHS = 1e-3, 1e-5, 12


def stage(schedule, **changes):
    values = {"resolution": 64, "epochs": EPOCHS, "learning_rate": RATE, "batch": 2, "floor": FLOOR}
    return Stage(**values | {"schedule": schedule} | changes)


def torch_rates(make, steps):
    """The rates of one of torch's schedulers, one a step."""
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    scheduler = make(optimiser)
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # there are no gradients to step down
        for _ in range(steps):
            rates.append(optimiser.param_groups[0]["lr"])
            scheduler.step()
    return rates


def ours(schedule, steps_an_epoch=1, **changes):
    asked = stage(schedule, **changes)
    return [learning_rate(asked, step / steps_an_epoch, Plateau()) for step in range(EPOCHS * steps_an_epoch)]


def test_constant_stays():
    assert set(ours("constant")) == {RATE}


def test_cosine_is_torch_s_cosine_annealing():
    theirs = torch_rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, EPOCHS * 3, FLOOR), EPOCHS * 3)
    assert ours("cosine", 3) == pytest.approx(theirs)


def test_cosine_restarts_are_torch_s_warm_restarts():
    theirs = torch_rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 5, eta_min=FLOOR), EPOCHS)
    assert ours("cosine_restarts", cycle_epochs=5) == pytest.approx(theirs)
    assert theirs[5] == theirs[10] == RATE


def test_one_cycle_is_torch_s_with_its_own_start_and_the_recipe_s_end():
    steps = EPOCHS * 100
    theirs = torch_rates(
        lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o, RATE, total_steps=steps, pct_start=0.25, final_div_factor=RATE / 25 / FLOOR
        ),
        steps,
    )
    # torch's highest rate stands one step before ours, which moves a rate by this at the most
    assert ours("one_cycle", 100, rise=0.25) == pytest.approx(theirs, abs=RATE * math.pi / 2 / (steps * 0.25))
    assert learning_rate(stage("one_cycle", rise=0.25), 3.0, Plateau()) == RATE


def test_a_warm_up_rises_in_a_line_and_the_schedule_takes_the_rest():
    rates = ours("cosine", warmup_epochs=4)
    assert rates[:5] == pytest.approx([0, RATE / 4, RATE / 2, 3 * RATE / 4, RATE])
    assert rates[8] == pytest.approx((RATE + FLOOR) / 2)
    assert learning_rate(stage("cosine", warmup_epochs=4), EPOCHS, Plateau()) == pytest.approx(FLOOR)


def test_no_step_of_a_warm_up_is_wasted_at_rate_zero_and_none_is_above_the_highest():
    asked = stage("constant", warmup_epochs=0.9)
    rates = [learning_rate(asked, step / 4, Plateau(), 1 / 4) for step in range(6)]
    assert rates == pytest.approx([RATE * share for share in (0.25 / 0.9, 0.5 / 0.9, 0.75 / 0.9, 1, 1, 1)])


def test_plateau_cuts_when_torch_s_does_and_not_below_the_floor():
    values = (0.5, 0.6, 0.6, 0.55, 0.6, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7)
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, "max", 0.1, 2, threshold=0, min_lr=FLOOR)
    plateau = Plateau()
    for value in values:
        plateau.see(value, patience=2)
        theirs.step(value)
        assert learning_rate(stage("plateau"), 0, plateau) == pytest.approx(optimiser.param_groups[0]["lr"])
    assert plateau.cuts >= 2
    assert optimiser.param_groups[0]["lr"] == pytest.approx(FLOOR)


def test_an_undefined_value_is_never_the_best_of_a_stage():
    plateau = Plateau()
    assert not plateau.see(math.nan, 2)
    assert plateau.see(-1.0, 2)
    assert not plateau.see(-1.0, 2)
