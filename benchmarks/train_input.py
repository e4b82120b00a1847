"""What the training input costs: fetching, drawing and augmenting a batch against the whole step that uses it."""

import argparse
import time
from collections.abc import Callable

import torch
from rows import Row, results_file, show, warn_if_busy, write_rows
from step import TrainingStep

from pleura.bench.machine import machine
from pleura.bench.timing import Times, alternate, ratio
from pleura.core.recipe import Recipe, Stage, load_recipe

RECIPE, THREADS, ROUNDS = "default", 2, 3
_MOST_SHARE = 0.1
_STEP, _INPUT = "whole step", "input and augmentation"


def contestants(recipe: Recipe, stage: Stage, device: torch.device) -> dict[str, Callable[[], float]]:
    """One training step, and the part of it that makes its input."""
    step = TrainingStep(recipe, stage, device)
    return {_STEP: _timed_on(step, step.take), _INPUT: _timed_on(step, step.make_input)}


def _timed_on(step: TrainingStep, work: Callable[[], object]) -> Callable[[], float]:
    def contestant() -> float:
        start = time.perf_counter()
        work()
        step.wait()
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
