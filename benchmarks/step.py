"""One training step as the loop takes it, on films of noise: what they show changes no time."""

import numpy as np
import torch

from pleura.core.recipe import Recipe, Stage
from pleura.train.augment import augment, draw
from pleura.train.epoch import take_step
from pleura.train.losses import Targets, total_loss
from pleura.train.resident import Resident, input_spec
from pleura.train.session import start_session
from pleura.train.validate import infer

FILMS = 64


class TrainingStep:
    """A recipe's network on a device, ready to train on one stage's batches."""

    def __init__(self, recipe: Recipe, stage: Stage, device: torch.device, compiled: bool = False) -> None:
        self._recipe, self._stage, self._device = recipe, stage, device
        self._session, self._spec = start_session(recipe, device), input_spec(recipe, stage.resolution)
        self._network = torch.compile(self._session.network) if compiled else self._session.network
        self._films = _noise(stage.resolution, device)
        self._rng = np.random.default_rng(1)
        self._session.network.train()

    def make_input(self) -> tuple[torch.Tensor, Targets]:
        """Fetch, draw and augment a batch."""
        rows = self._rng.integers(0, FILMS, self._stage.batch)
        greys, targets = self._films.batch(rows)
        draws = [draw(self._recipe.augmentation, self._recipe.seed, 0, int(row)) for row in rows]
        greys, mask = augment(greys, targets.mask, draws)
        return greys, Targets(mask, targets.label)

    def take(self) -> None:
        """The whole step, its input included."""
        greys, targets = self.make_input()
        loss, _ = total_loss(infer(self._network, greys, self._recipe, self._spec), targets, self._recipe.loss)
        self._session.optimiser.zero_grad(set_to_none=True)
        self._session.scaler.scale(loss).backward()
        take_step(self._session, self._stage.learning_rate, self._recipe.optimiser.clip_norm)

    def wait(self) -> None:
        """Until the device has done what it was given."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)


def _noise(side: int, device: torch.device) -> Resident:
    """Films and targets of noise, as training keeps them."""
    rng = np.random.default_rng(0)
    films, targets = (
        torch.from_numpy(rng.integers(0, 256, (FILMS, 1, side, side), dtype=np.uint8)).to(device) for _ in range(2)
    )
    return Resident(films, targets, np.arange(FILMS) % 2 == 0, device)
