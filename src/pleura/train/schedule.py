"""The learning rate of a step, as a plain function of where training stands."""

import math
from dataclasses import dataclass

from pleura.core.recipe import Stage


@dataclass
class Plateau:
    """How long the monitored metric has not improved, and how often the rate was cut for it."""

    best: float = -math.inf
    waited: int = 0
    cuts: int = 0

    def see(self, value: float, patience: int) -> None:
        """Take in one validation's value; higher is better."""
        if value > self.best:
            self.best, self.waited = value, 0
            return
        self.waited += 1
        if self.waited > patience:
            self.cuts, self.waited = self.cuts + 1, 0


def learning_rate(stage: Stage, step: int, steps: int, plateau: Plateau) -> float:
    """The rate at `step` of a stage's `steps`: constant, half a cosine down to the floor, or cut at plateaus."""
    if stage.schedule == "cosine":
        share = step / max(1, steps)
        return stage.floor + (stage.learning_rate - stage.floor) * (1 + math.cos(math.pi * share)) / 2
    if stage.schedule == "plateau":
        return max(stage.floor, stage.learning_rate * stage.plateau_factor**plateau.cuts)
    return stage.learning_rate
