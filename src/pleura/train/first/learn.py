"""How the head of a first model learns from features that its encoder has seen once."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pleura.core.errors import TrainingError
from pleura.train.average import MovingAverage
from pleura.train.first.head import FirstHead

_RATE, _DECAY, _DROPOUT = 2e-3, 0.05, 0.3
_BATCH = 32
EPOCHS = 6
_NEGATIVES = 2.5
"""For each film with a pneumothorax, in each epoch drawn anew."""
_EMA = 0.99
_LABEL = 0.5
"""Weight of the label's loss beside that of the map."""


@dataclass(frozen=True)
class Seen:
    """What an encoder sees of N films, and what is true of them.

    Attributes:
        fine: (N, F, s, s) float16 features.
        coarse: (N, G, s / 2, s / 2) float16 features.
        truth: (N, s, s) share of each cell that the mask covers.
    """

    fine: NDArray[np.float16]
    coarse: NDArray[np.float16]
    truth: NDArray[np.float32]

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N,) whether there is a pneumothorax."""
        return np.asarray(self.truth.any(axis=(1, 2)))


def learn(seen: Seen, seed: int, epochs: int = EPOCHS) -> FirstHead:
    """Train a head, and give its moving average in evaluation mode; the same seed and threads give the same head.

    Args:
        seen: films with and without a pneumothorax.
        seed: of weights, dropout and the draw of films.
        epochs: each holds every film with a pneumothorax once.

    Raises:
        TrainingError: all films have a pneumothorax, or none has.
    """
    present = seen.present
    with_one, without = np.flatnonzero(present), np.flatnonzero(~present)
    if not (with_one.size and without.size):
        reason = f"{with_one.size} of {present.size} films have a pneumothorax: there is nothing to tell apart"
        raise TrainingError(reason, "Take a data set whose training films are of both kinds.")
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    head = FirstHead(seen.fine.shape[1], seen.coarse.shape[1], _DROPOUT)
    average = MovingAverage(head, _EMA)
    drawn = min(int(_NEGATIVES * with_one.size), without.size)
    batch = min(_BATCH, with_one.size + drawn)
    steps = epochs * ((with_one.size + drawn) // batch)
    optimiser = torch.optim.AdamW(head.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps + 1)
    for _ in range(epochs):
        head.train()
        order = rng.permutation(np.concatenate((with_one, rng.choice(without, drawn, replace=False))))
        for start in range(0, order.size - batch + 1, batch):
            at = order[start : start + batch]
            outlined, label = head(
                *(torch.from_numpy(each[at].astype(np.float32)) for each in (seen.fine, seen.coarse))
            )
            loss = _map_loss(outlined[:, 0], torch.from_numpy(seen.truth[at]))
            known = torch.from_numpy(present[at].astype(np.float32))
            loss = loss + _LABEL * functional.binary_cross_entropy_with_logits(label, known)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it bare
            optimiser.step()
            schedule.step()
            average.update(head)
    kept = average.network
    assert isinstance(kept, FirstHead)
    return kept


def _map_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """3 BCE + Dice over the batch, as the default recipe has them."""
    shares = torch.sigmoid(logits)
    overlap = (2 * (shares * truth).sum() + 1) / (shares.sum() + truth.sum() + 1)
    return 3 * functional.binary_cross_entropy_with_logits(logits, truth) + 1 - overlap
