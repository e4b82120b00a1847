"""What the training input costs: fetching, drawing and augmenting a batch against the whole step that uses it."""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from machine import machine, warn_if_busy
from rows import Row, results_file, show, write_rows
from timing import Times, alternate, ratio

from pleura.core.recipe import Recipe, Stage, load_recipe
from pleura.train.augment import augment, draw
from pleura.train.epoch import take_step
from pleura.train.losses import Targets, total_loss
from pleura.train.resident import Resident, input_spec
from pleura.train.session import start_session
from pleura.train.validate import infer

RECIPE, THREADS, ROUNDS, FILMS = "default", 2, 3, 64
_MOST_SHARE = 0.1
_STEP, _INPUT = "whole step", "input and augmentation"


def random_films(side: int, device: torch.device) -> Resident:
    """Films and targets of noise, as training keeps them: what they show changes no time."""
    rng = np.random.default_rng(0)
    films, targets = (
        torch.from_numpy(rng.integers(0, 256, (FILMS, 1, side, side), dtype=np.uint8)).to(device) for _ in range(2)
    )
    return Resident(films, targets, np.arange(FILMS) % 2 == 0, device)


def contestants(recipe: Recipe, stage: Stage, device: torch.device) -> dict[str, Callable[[], float]]:
    """One training step, and the part of it that makes its input."""
    session, spec = start_session(recipe, device), input_spec(recipe, stage.resolution)
    films = random_films(stage.resolution, device)
    rng = np.random.default_rng(1)
    session.network.train()

    def make_input() -> tuple[torch.Tensor, Targets]:
        rows = rng.integers(0, FILMS, stage.batch)
        greys, targets = films.batch(rows)
        draws = [draw(recipe.augmentation, recipe.seed, 0, int(row)) for row in rows]
        greys, mask = augment(greys, targets.mask, draws)
        return greys, Targets(mask, targets.label)

    def whole_step() -> None:
        greys, targets = make_input()
        loss, _ = total_loss(infer(session.network, greys, recipe, spec), targets, recipe.loss)
        session.optimiser.zero_grad(set_to_none=True)
        session.scaler.scale(loss).backward()
        take_step(session, stage.learning_rate, recipe.optimiser.clip_norm)

    return {_STEP: _timed_on(device, whole_step), _INPUT: _timed_on(device, make_input)}


def _timed_on(device: torch.device, work: Callable[[], object]) -> Callable[[], float]:
    def contestant() -> float:
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - start

    return contestant


def to_rows(stage: Stage, device: torch.device, times: dict[str, Times]) -> list[Row]:
    """The step, and the share of it that its input takes."""
    share = ratio(times[_INPUT], times[_STEP])
    where = machine() if device.type == "cpu" else f"{torch.cuda.get_device_name(device)}, {machine()}"
    return [
        Row(
            what=f"training, {RECIPE}, {stage.batch} films at {stage.resolution}: {name}",
            value=taken.median,
            least=min(taken.seconds),
            most=max(taken.seconds),
            baseline=_STEP if name == _INPUT else "",
            ratio=share if name == _INPUT else None,
            most_ratio=_MOST_SHARE if name == _INPUT else None,
            machine=where,
        )
        for name, taken in times.items()
    ]


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options = parser.parse_args()
    warn_if_busy()
    torch.set_num_threads(THREADS)
    recipe, device = load_recipe(RECIPE), torch.device(options.device)
    bare = recipe.model_copy(update={"network": recipe.network.model_copy(update={"weights": "none"})})
    rows = []
    for stage in bare.stages:
        rows += to_rows(stage, device, alternate(contestants(bare, stage, device), options.rounds))
    show(rows)
    write_rows(results_file("train_input"), rows)


if __name__ == "__main__":
    main()
