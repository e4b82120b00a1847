"""A batch that finds no memory, and one that would."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from pleura.core.errors import TrainingError
from pleura.train.check import least_batch
from pleura.train.epoch import Stretch, make_batch
from pleura.train.losses import total_loss
from pleura.train.session import Session
from pleura.train.validate import infer
from pleura.train.world import here

_NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


@contextmanager
def explaining_no_memory(stretch: Stretch, session: Session) -> Iterator[None]:
    """Turn a lack of memory into an error that names the batch which would fit, found by trying halves.

    One of several processes cannot try by itself: there the error stays as it is.

    Raises:
        TrainingError: what was done inside found no memory.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error) or here().size > 1:  # the others would not try along
            raise
        traceback.clear_frames(error.__traceback__)  # they hold the batch that was too large
        session.optimiser.zero_grad(set_to_none=True)
        least = least_batch(stretch.recipe, stretch.stage)
        fitting = batch_that_fits(lambda films: _try(stretch, session, films), stretch.stage.batch, least)
        raise _explained(stretch, fitting, least) from error


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error is a device's or the machine's way to say that there is no memory left."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(
        words in str(error).lower() for words in _NO_MEMORY
    )


def batch_that_fits(attempt: Callable[[int], object], batch: int, least: int = 1) -> int:
    """The largest of batch / 2, batch / 4, ..., none below `least`, that `attempt` runs with; 0 if none does."""
    while batch // 2 >= least:
        batch //= 2
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        try:
            attempt(batch)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            traceback.clear_frames(error.__traceback__)
        else:
            return batch
    return 0


def _try(stretch: Stretch, session: Session, films: int) -> None:
    """Forward and backward through so many films, without a step."""
    greys, targets = make_batch(stretch, np.arange(films) % len(stretch.films.present), session.epoch)
    loss, _ = total_loss(infer(session.network, greys, stretch.recipe, stretch.spec), targets, stretch.recipe.loss)
    if session.companion is not None:
        loss = loss + session.companion.term(session.network, session.epoch, 0)[0]
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it bare
    session.optimiser.zero_grad(set_to_none=True)


def _explained(stretch: Stretch, fitting: int, least: int) -> TrainingError:
    stage = stretch.stage
    reason = f"out of memory with batch = {stage.batch} at {stage.crop or stage.resolution} pixels a side"
    if fitting == 0:
        return TrainingError(reason, f"Not even {least} film(s) fit: take a smaller resolution, crop or encoder.")
    parts = stage.accumulate * -(-stage.batch // fitting)
    return TrainingError(reason, f"batch = {fitting} fits; with accumulate = {parts} a step takes as many films.")
