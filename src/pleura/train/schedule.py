"""The learning rate of a step, as a plain function of where training stands."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pleura.core.recipe import Stage

_ONE_CYCLE_START = 25
"""One cycle starts at this part of its highest rate, as in the paper's own experiments and in torch."""


@dataclass
class Plateau:
    """How long the monitored metric has not improved since the stage's start, and how often the rate was cut."""

    best: float = -math.inf
    waited: int = 0
    cuts: int = 0

    def see(self, value: float, patience: int) -> bool:
        """Take in one validation's value, of which higher is better; say whether it is the best of the stage."""
        if value > self.best:  # never of an undefined value, which is NaN
            self.best, self.waited = value, 0
            return True
        self.waited += 1
        if self.waited > patience:
            self.cuts, self.waited = self.cuts + 1, 0
        return False


def learning_rate(stage: Stage, at: float, plateau: Plateau, step: float = 0.0) -> float:
    """The rate of the step that begins at `at`, epochs since the stage's start, a part included, in [0, epochs).

    A warm-up gives each step the rate at its end, `step` epochs later, as the first would be wasted at rate 0. After
    it the schedule takes the stage's remaining epochs.
    """
    if at < stage.warmup_epochs:
        return stage.learning_rate * min(1.0, (at + step) / stage.warmup_epochs)
    rate: float = _SCHEDULES[stage.schedule](stage, at - stage.warmup_epochs, plateau)
    return rate


def _constant(stage: Stage, _at: float, _plateau: Plateau) -> float:
    return stage.learning_rate


def _cosine(stage: Stage, at: float, _plateau: Plateau) -> float:
    return _half_period(stage.learning_rate, stage.floor, at / _length(stage))


def _cosine_restarts(stage: Stage, at: float, _plateau: Plateau) -> float:
    return _half_period(stage.learning_rate, stage.floor, at % stage.cycle_epochs / stage.cycle_epochs)


def _plateau(stage: Stage, _at: float, plateau: Plateau) -> float:
    return max(stage.floor, stage.learning_rate * stage.plateau_factor**plateau.cuts)


def _one_cycle(stage: Stage, at: float, _plateau: Plateau) -> float:
    share = at / _length(stage)
    if share < stage.rise:
        return _half_period(stage.learning_rate / _ONE_CYCLE_START, stage.learning_rate, share / stage.rise)
    return _half_period(stage.learning_rate, stage.floor, (share - stage.rise) / max(1 - stage.rise, 1e-9))


_SCHEDULES: dict[str, Callable[[Stage, float, Plateau], float]] = {
    "constant": _constant,
    "cosine": _cosine,
    "cosine_restarts": _cosine_restarts,
    "plateau": _plateau,
    "one_cycle": _one_cycle,
}


def _length(stage: Stage) -> float:
    """Epochs after the warm-up; where that takes them all, the schedule is never asked."""
    return max(stage.epochs - stage.warmup_epochs, 1e-9)


def _half_period(start: float, end: float, share: float) -> float:
    """From `start` at share 0 to `end` at share 1 along half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
