"""Judge the network on the validation films during training, with the recipe's own decision."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.core.errors import RecipeError
from pleura.core.metrics import MONITORABLE, auroc, average_precision, count_films, film_counts
from pleura.core.patches import cut_patches, join_patches
from pleura.core.postprocess import decide_grid, film_maps, fold_flips
from pleura.core.preprocess import standardise
from pleura.core.recipe import Recipe
from pleura.core.spec import InputSpec
from pleura.train.losses import total_loss
from pleura.train.report.tile import Planes
from pleura.train.resident import Resident
from pleura.train.world import agreed, alone

Forward = Callable[[Tensor], dict[str, Tensor]]
Watcher = Callable[[int, Planes, float], None]
"""Is shown each film as it is judged: its row, its planes on the network's grid and its image-level score."""

MONITORED = ("loss", *MONITORABLE)
"""What a recipe may monitor; of `loss` lower is better, of all others higher."""


def check_monitor(recipe: Recipe) -> None:
    """Fail before training where the recipe monitors a metric that will never be measured.

    Raises:
        RecipeError: no such metric.
    """
    if recipe.validation.monitor not in MONITORED:
        raise RecipeError(
            recipe.name,
            f"validation.monitor = {recipe.validation.monitor!r} is no metric of validation",
            f"Allowed: {', '.join(MONITORED)}.",
        )


def merit(metrics: dict[str, float], monitor: str) -> float:
    """The monitored value, turned so that higher is better."""
    return -metrics["loss"] if monitor == "loss" else metrics[monitor]


@torch.no_grad()
def validate(
    network: nn.Module,
    films: Resident,
    recipe: Recipe,
    spec: InputSpec,
    batch: int,
    watch: Watcher | None = None,
) -> dict[str, float]:
    """Loss and scores over all validation films, on the network's grid.

    Films are decided on by the recipe's own rule; mirrored as `validation.tta` says, and at one scale. `watch` is
    shown each of them. Of several processes each judges all films, and the first one's figures count.
    """
    was_training = network.training
    network.eval()
    losses: list[float] = []
    counts: list[tuple[int, int, int, int]] = []
    scores: list[float] = []
    count = len(films.present)
    several = [np.arange(start, min(start + batch, count)) for start in range(0, count, batch)]
    for rows, (greys, targets) in zip(several, films.batches(several), strict=True):
        outputs = infer_whole(network, greys, recipe, spec)
        losses.append(float(total_loss(outputs, targets, recipe.loss, alone)[0]) * len(rows))
        maps = film_maps(_arrays(outputs))
        if recipe.validation.tta == "flip":
            mirrored = film_maps(_arrays(infer_whole(network, greys.flip(-1), recipe, spec)))
            maps = [fold_flips(*pair) for pair in zip(maps, mirrored, strict=True)]
        truths, shown = targets.mask[:, 0].cpu().numpy() >= 0.5, greys[:, 0].cpu().numpy()
        for row, said, truth, grey in zip(rows, maps, truths, shown, strict=True):
            verdict = decide_grid(said, films.spec_of(int(row), spec), recipe.decision)
            counts.append(film_counts(verdict.mask, truth))
            scores.append(verdict.score)
            if watch is not None:
                watch(int(row), Planes(grey, said.mask, truth, verdict.mask), verdict.score)
    network.train(was_training)
    ranked = np.array(scores)
    figures = count_films(counts).scores() | {
        "loss": sum(losses) / len(films.present),
        "auroc": auroc(ranked, films.present),
        "ap": average_precision(ranked, films.present),
    }
    return agreed({name: figures[name] for name in MONITORED})


def infer_whole(network: Forward, greys: Tensor, recipe: Recipe, spec: InputSpec) -> dict[str, Tensor]:
    """The same as `infer`, but where the recipe has patches the films are seen in windows that are joined again.

    No gradient passes through the joining.
    """
    if spec.patch is None:
        return infer(network, greys, recipe, spec)
    patches = torch.from_numpy(cut_patches(greys.cpu().numpy(), spec.patch)).to(greys.device)
    several = [patches[start : start + len(greys)] for start in range(0, len(patches), len(greys))]
    parts = [_arrays(infer(network, part, recipe, spec)) for part in several]
    said = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    joined = join_patches(said, spec.side, spec.patch)
    return {name: torch.from_numpy(planes).to(greys.device) for name, planes in joined.items()}


def infer(network: Forward, greys: Tensor, recipe: Recipe, spec: InputSpec) -> dict[str, Tensor]:
    """What the network says of grey films in [0, 1], (N, 1, S, S): float32, computed in the recipe's precision."""
    device = greys.device
    mean = torch.tensor(spec.mean, device=device).view(1, -1, 1, 1)
    std = torch.tensor(spec.std, device=device).view(1, -1, 1, 1)
    inputs = standardise(greys, mean, std).contiguous(memory_format=torch.channels_last)
    kind = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[recipe.precision]
    with torch.autocast(device.type, dtype=kind, enabled=recipe.precision != "float32"):
        outputs = network(inputs)
    return {name: output.float() for name, output in outputs.items()}


def _arrays(outputs: dict[str, Tensor]) -> dict[str, NDArray[np.float32]]:
    return {name: output.detach().cpu().numpy() for name, output in outputs.items()}
