"""What the network of one fold says of the films that it did not learn from."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.core.postprocess import average, film_maps, fold_flips, lay_over
from pleura.core.recipe import Recipe, parse_recipe
from pleura.core.spec import Crop, InputSpec
from pleura.core.types import Maps
from pleura.evidence.out_of_fold import OutOfFoldRecord, write_out_of_fold
from pleura.train.checkpoint import BEST, load_checkpoint
from pleura.train.keep import best_name
from pleura.train.networks import build_network
from pleura.train.plan import RunPlan
from pleura.train.resident import Pool, film_planes, input_spec
from pleura.train.shards import Planes, take
from pleura.train.validate import infer_whole
from pleura.train.world import CACHE, wait


@dataclass(frozen=True)
class _Reader:
    """One kept checkpoint with the held-out films at its own resolution, (N, 1, side, side) uint8."""

    network: nn.Module
    recipe: Recipe
    spec: InputSpec
    films: Planes
    crops: tuple[Crop, ...] | None
    device: torch.device

    def maps(self, rows: NDArray[np.int64], side: int) -> list[Maps]:
        """What it says of some films, laid over the whole film at `side`, as a blend lays its members' maps."""
        greys = take(self.films, rows, self.device).float() / 255
        found = self._look(greys)
        if self.recipe.decision.tta == "flip":
            mirrored = self._look(greys.flip(-1))
            found = [fold_flips(*pair) for pair in zip(found, mirrored, strict=True)]
        specs = [self.spec if self.crops is None else self.spec.cropped(self.crops[int(row)]) for row in rows]
        return [lay_over(maps, side, spec) for maps, spec in zip(found, specs, strict=True)]

    @torch.no_grad()
    def _look(self, greys: Tensor) -> list[Maps]:
        outputs = infer_whole(self.network, greys, self.recipe, self.spec)
        return film_maps({name: said.cpu().numpy() for name, said in outputs.items()})


def kept_checkpoints(run: Path) -> list[Path]:
    """The checkpoints of a run that become a model each: best-1.pt to best-k.pt, or best.pt alone."""
    ranked: list[Path] = []
    while (path := run / best_name(len(ranked) + 1)).is_file():
        ranked.append(path)
    return ranked or [run / BEST]


def write_held_out(run: Path, pool: Pool, fold: int, plan: RunPlan, folder: Path) -> None:
    """Average what a run's kept checkpoints say of held-out films, mirrored as the recipe's decision asks.

    Args:
        run: the folder of a run that has ended.
        pool: the films.
        fold: the number of the fold, counted from 1.
        plan: the run's; says where to compute and where the films may lie.
        folder: takes what they say.

    Raises:
        TrainingError: the run has no best checkpoint.
    """
    cache = plan.shards or run / CACHE
    readers = _open(kept_checkpoints(run), pool, plan, cache)
    recipe = readers[0].recipe
    grid = input_spec(recipe, max(stage.resolution for stage in recipe.stages)).cropped(None)
    record = OutOfFoldRecord(
        data_name=pool.dataset.record.name,
        data_sha256=pool.dataset.record.sha256,
        input=grid,
        tta=recipe.decision.tta,
        films=tuple(pool.indices.tolist()),
        folds=(fold,) * len(pool.indices),
    )
    batch = max(stage.batch for stage in recipe.stages)
    write_out_of_fold(record, _film_by_film(readers, len(pool.indices), batch, grid.side), folder)
    readers.clear()  # a network file system keeps what is mapped, and its folder
    wait()  # for whoever still reads
    shutil.rmtree(cache, ignore_errors=True)


def _film_by_film(readers: list[_Reader], films: int, batch: int, side: int) -> Iterator[Maps]:
    for start in range(0, films, batch):
        rows = np.arange(start, min(start + batch, films))
        said = [reader.maps(rows, side) for reader in readers]
        for several in zip(*said, strict=True):
            yield average(several, (1.0,) * len(several))


def _open(checkpoints: list[Path], pool: Pool, plan: RunPlan, cache: Path) -> list[_Reader]:
    """Every checkpoint with its network; those of one resolution share the films."""
    films: dict[int, Planes] = {}
    readers, device = [], plan.device
    most = None if plan.memory is None else plan.memory // len(checkpoints)  # as many resolutions at the most
    for checkpoint in checkpoints:
        state = load_checkpoint(checkpoint, device)
        recipe = parse_recipe(state["recipe"], checkpoint)
        network = build_network(recipe.network.untrained(), recipe.input.channels)
        network.load_state_dict(state["network"])
        side = recipe.stages[state["stage"]].resolution
        if side not in films:
            films[side] = film_planes(pool, recipe, side, device, cache, most)
        spec = input_spec(recipe, side)
        readers.append(_Reader(network.to(device).eval(), recipe, spec, films[side], pool.crops, device))
    return readers
