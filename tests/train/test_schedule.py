import pytest

from pleura.core.recipe import Stage
from pleura.train.schedule import Plateau, learning_rate


def stage(schedule):
    return Stage(resolution=64, epochs=4, learning_rate=1e-3, batch=2, schedule=schedule, floor=1e-5)


@pytest.mark.parametrize(("at", "rate"), [(0, 1e-3), (2, (1e-3 + 1e-5) / 2), (4, 1e-5)])
def test_cosine_falls_from_the_rate_to_the_floor(at, rate):
    assert learning_rate(stage("cosine"), at, Plateau()) == pytest.approx(rate)


def test_constant_stays():
    assert learning_rate(stage("constant"), 2.5, Plateau()) == 1e-3


def test_plateau_cuts_after_patience_and_not_below_the_floor():
    plateau, rates = Plateau(), []
    for value in (0.5, 0.6, 0.6, 0.55, 0.6, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7):
        plateau.see(value, patience=2)
        rates.append(learning_rate(stage("plateau"), 0, plateau))
    assert rates[:4] == [1e-3] * 4
    assert rates[4] == pytest.approx(1e-4)
    assert rates[-1] == pytest.approx(1e-5)
    assert plateau.cuts >= 2
