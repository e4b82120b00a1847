"""One epoch: draw its films, step down their loss, say how it went."""

import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.core.recipe import Recipe, Stage
from pleura.core.spec import InputSpec
from pleura.train.augment import augment, draw
from pleura.train.faults import check_finite
from pleura.train.journal import EpochRecord
from pleura.train.losses import total_loss
from pleura.train.networks import freeze_encoder
from pleura.train.plan import Progress, Report, share_done
from pleura.train.resident import Batch, Resident
from pleura.train.sampling import Hardest, epoch_order, positive_rate
from pleura.train.schedule import learning_rate
from pleura.train.session import Forward, Session
from pleura.train.validate import infer, merit
from pleura.train.world import average_gradients, gathered, here

_LEFT = 0.5
"""A pneumothorax is in a crop if a pixel of its target reaches this."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """One stage of one run, ready to train.

    Attributes:
        recipe: what is trained.
        stage: the stage, and `number` its place in the recipe.
        spec: the input of the model at the stage's resolution.
        films: what is trained on.
        judged: what is validated on.
        network: the session's, compiled where the recipe says so.
        report: called after every step.
    """

    recipe: Recipe
    stage: Stage
    number: int
    spec: InputSpec
    films: Resident
    judged: Resident
    network: Forward
    report: Report


def train_epoch(stretch: Stretch, session: Session) -> EpochRecord:
    """One pass over the drawn films; the record still lacks its time and validation."""
    stage, epoch = stretch.stage, session.epoch
    torch.manual_seed(chance_seed(stretch.recipe.seed, epoch, here().rank))
    order = draw_order(stretch, session)
    steps = max(1, len(order) // (stage.batch * stage.accumulate))
    session.network.train()
    freeze_encoder(session.network, session.stage_epoch < stage.freeze_encoder_epochs)
    losses: list[float] = []
    times: list[float] = []
    terms: dict[str, float] = {}
    seen: list[tuple[NDArray[np.int64], Tensor]] = []
    rate = 0.0
    plan = np.array_split(order[: steps * stage.batch * stage.accumulate], steps)
    for step, (rows, batches) in enumerate(zip(plan, fetched(stretch, plan), strict=True)):
        began = time.perf_counter()
        rate = learning_rate(stage, session.stage_epoch + step / steps, session.plateau, 1 / steps)
        loss, parts = gather_gradients(stretch, session, batches, step, seen)
        take_step(session, rate, stretch.recipe.optimiser.clip_norm)
        losses.append(loss)
        terms = {name: terms.get(name, 0.0) + float(value) / steps for name, value in parts.items()}
        times.append(time.perf_counter() - began)
        stretch.report(_progress(stretch, session, (step + 1, steps), loss, len(rows) / times[-1]))
    if session.scores is not None:
        for rows, scores in seen:
            session.scores[torch.from_numpy(gathered(rows))] = torch.from_numpy(gathered(scores.cpu().numpy()))
    return EpochRecord(
        epoch=epoch,
        stage=stretch.number,
        resolution=stage.resolution,
        learning_rate=rate,
        train_loss=statistics.fmean(losses),
        films=min(len(order), steps * stage.batch * stage.accumulate),
        seconds=0.0,
        step_ms=statistics.median(times) * 1000,
        terms=terms,
    )


def chance_seed(seed: int, epoch: int, rank: int) -> int:
    """What dropout is drawn from in an epoch: the same after a resume on any device, another in each process."""
    return int(np.random.SeedSequence([seed, epoch, rank]).generate_state(1)[0])


def draw_order(stretch: Stretch, session: Session) -> NDArray[np.int64]:
    """The rows of an epoch's films in their order."""
    stage = stretch.stage
    hardest = None if session.scores is None else Hardest(stage.hard_negatives, session.scores.numpy())
    rate = positive_rate(stage, session.stage_epoch)
    return epoch_order(stretch.films.present, rate, stretch.recipe.seed, session.epoch, hardest, stage.films)


@dataclass(frozen=True, eq=False)
class Fetched:
    """One batch of a step: its share of the step's films, and of those the ones of this process with their rows."""

    share: float
    rows: NDArray[np.int64]
    films: Batch


def fetched(stretch: Stretch, steps: Sequence[NDArray[np.int64]]) -> Iterator[Iterator[Fetched]]:
    """The batches of one step after another, given the rows of each; those on disk are read ahead of their use."""
    batch = stretch.stage.batch
    parts = [np.array_split(rows, -(-len(rows) // batch)) for rows in steps]
    mine = [[here().shard(part) for part in step] for step in parts]
    with closing(stretch.films.batches([rows for step in mine for rows in step])) as coming:
        for rows, whole, own in zip(steps, parts, mine, strict=True):
            yield (Fetched(len(part) / len(rows), few, next(coming)) for part, few in zip(whole, own, strict=True))


def gather_gradients(
    stretch: Stretch,
    session: Session,
    batches: Iterable[Fetched],
    step: int,
    seen: list[tuple[NDArray[np.int64], Tensor]],
) -> tuple[float, dict[str, Tensor]]:
    """Gather one step's gradients batch by batch, each counting by its films; the step's loss and terms.

    The sum is the gradient of one large batch for every loss that is a mean over all films or pixels. What is taken
    over a batch is taken over each one here: Dice over the batch or over the films that have any, Tversky losses, the
    distance's weights, batch norm. A companion's term stands in the first batch, once a step.
    """
    recipe, epoch = stretch.recipe, session.epoch
    session.optimiser.zero_grad(set_to_none=True)
    total, terms = 0.0, dict[str, Tensor]()
    for number, batch in enumerate(batches):
        share, mine = batch.share, batch.rows
        greys, targets = drawn(stretch, mine, batch.films, epoch)
        outputs = infer(stretch.network, greys, recipe, stretch.spec)
        loss, parts = total_loss(outputs, targets, recipe.loss)
        loss, parts = loss * share, {name: value * share for name, value in parts.items()}
        if session.companion is not None and number == 0:
            beside, more = session.companion.term(stretch.network, epoch, step)
            loss, parts = loss + beside, parts | more
        check_finite(loss, epoch, step, [stretch.films.ids[int(row)] for row in mine])
        session.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]  # torch leaves it bare
        total += float(loss.detach())
        terms |= {name: terms.get(name, 0.0) + value for name, value in parts.items()}
        if session.scores is not None:
            clear = np.flatnonzero(~stretch.films.present[mine])
            found = (outputs["logits"].detach()[torch.from_numpy(clear)] > 0).float().mean(dim=(1, 2, 3))
            seen.append((mine[clear], found))
    return total, terms


def make_batch(stretch: Stretch, rows: NDArray[np.int64], epoch: int) -> Batch:
    """Films of some rows as they are drawn in an epoch."""
    return drawn(stretch, rows, stretch.films.batch(rows), epoch)


def drawn(stretch: Stretch, rows: NDArray[np.int64], films: Batch, epoch: int) -> Batch:
    """Films as they are drawn in an epoch, (n, 1, S, S) in [0, 1], and what is asked of them.

    Of a film that is cropped the label is that of its part: 0 where none of the pneumothorax is left in it.
    """
    recipe, crop = stretch.recipe, stretch.stage.crop
    greys, targets = films
    draws = [draw(recipe.augmentation, recipe.seed, epoch, int(row)) for row in rows]
    greys, mask = augment(greys, targets.mask, draws, crop)
    label = targets.label if crop is None else targets.label * (mask.amax(dim=(1, 2, 3)) >= _LEFT)
    return greys, replace(targets, mask=mask, label=label)


def take_step(session: Session, rate: float, clip_norm: float) -> None:
    """Step down all processes' gradients, clipped by their norm (0 = not), and take the averages along."""
    for group in session.optimiser.param_groups:
        group["lr"] = rate
    average_gradients(session.network)
    if clip_norm > 0:
        session.scaler.unscale_(session.optimiser)
        nn.utils.clip_grad_norm_(session.network.parameters(), clip_norm)
    session.scaler.step(session.optimiser)
    session.scaler.update()
    if session.average is not None:
        session.average.update(session.network)
    if session.companion is not None:
        session.companion.follow(session.network, session.epoch)


def _progress(
    stretch: Stretch, session: Session, step: tuple[int, int], loss: float, images_per_s: float
) -> Progress:
    monitor = stretch.recipe.validation.monitor
    judged = [record.validation for record in session.records if record.validation]
    sign = merit({monitor: 1.0}, monitor)
    return Progress(
        epoch=session.epoch,
        epochs=stretch.recipe.epochs,
        step=step[0],
        steps=step[1],
        loss=loss,
        images_per_s=images_per_s,
        stage=stretch.number,
        stages=len(stretch.recipe.stages),
        monitor=monitor,
        last=judged[-1][monitor] if judged else None,
        best=sign * session.kept[0].merit if session.kept else None,
        done=share_done(stretch.recipe.stages, stretch.number, session.stage_epoch + step[0] / step[1]),
    )
