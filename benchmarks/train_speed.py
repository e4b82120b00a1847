"""How many films a second a recipe trains, and the memory it takes: in bfloat16, on a GPU also compiled.

    python benchmarks/train_speed.py --device cuda [--recipe roque2025] [--side 512] [--batch 32]

The aim is for the EfficientNet-B4 U-Net at 512 on one H200: 800 films a second (its authors: 71 on an RTX 3090).
"""

import argparse
import resource
import time
from collections.abc import Callable

import torch
from rows import Row, results_file, show, warn_if_busy, write_rows
from step import TrainingStep

from pleura.bench.machine import machine
from pleura.bench.timing import Times, alternate
from pleura.core.recipe import Recipe, load_recipe

_AIM_FILMS_PER_S = 800
_WARM_UP = 5
_STEPS = 20
_MB = 2**20


def training_steps(recipe: Recipe, device: torch.device, compiled: bool) -> Callable[[], float]:
    """A call that trains some batches and gives the seconds of one; the first ones are behind it."""
    step = TrainingStep(recipe, recipe.stages[0], device, compiled)
    steps, first = (_STEPS, _WARM_UP) if device.type == "cuda" else (1, 1)

    def contestant(count: int) -> float:
        start = time.perf_counter()
        for _ in range(count):
            step.take()
        step.wait()
        return (time.perf_counter() - start) / count

    contestant(first)
    return lambda: contestant(steps)


def to_row(recipe: Recipe, name: str, taken: Times, device: torch.device) -> Row:
    """One way of training, as seconds a step; the aim is for a GPU."""
    stage = recipe.stages[0]
    speed = stage.batch / taken.median
    where = machine() if device.type == "cpu" else f"{torch.cuda.get_device_name(device)}, {machine()}"
    return Row(
        what=f"training, {recipe.name}, {stage.batch} films at {stage.resolution}, {name}: {speed:.1f} films/s, "
        f"peak {peak_mb(device):.0f} MB, a step",
        value=taken.median,
        least=min(taken.seconds),
        most=max(taken.seconds),
        most_value=stage.batch / _AIM_FILMS_PER_S if device.type == "cuda" else None,
        machine=where,
    )


def peak_mb(device: torch.device) -> float:
    """The most memory that was held: of the GPU, or of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / _MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MB


def settled(options: argparse.Namespace) -> Recipe:
    """The recipe with random weights, one stage of the asked side and batch, in bfloat16."""
    recipe = load_recipe(options.recipe)
    stage = recipe.stages[0].model_copy(update={"resolution": options.side, "batch": options.batch, "crop": None})
    changes = {"network": recipe.network.untrained(), "stages": (stage,), "precision": "bfloat16"}
    return recipe.model_copy(update=changes)


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="roque2025")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda")
    options = parser.parse_args()
    warn_if_busy()
    recipe, device = settled(options), torch.device(options.device)
    ways = {"eager": False, "compiled": True} if device.type == "cuda" else {"eager": False}
    rows = []
    for name, compiled in ways.items():
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        times = alternate({name: training_steps(recipe, device, compiled)}, options.rounds)
        rows.append(to_row(recipe, name, times[name], device))
    show(rows)
    if device.type == "cuda":
        write_rows(results_file("train_speed"), rows)


if __name__ == "__main__":
    main()
