"""Training on films four times as large as the memory they may take, beside the same films in memory.

    python benchmarks/train_beyond_memory.py [--device cuda] [--side 512] [--batch 32] [--rounds 5]

Whole epochs take turns, through the package's own loop. Shards are given back before each of them, and never may more
than a quarter of them stay: nearly every film comes from the disk. The films are noise, which changes no time.
"""

import argparse
import math
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from rows import Row, results_file, show, warn_if_busy, write_rows

from pleura.bench.machine import machine
from pleura.bench.timing import Times, alternate, ratio, timed
from pleura.core.recipe import load_recipe
from pleura.train.epoch import Stretch, train_epoch
from pleura.train.resident import Resident, input_spec
from pleura.train.session import Session, start_session
from pleura.train.shards import Shards, write_shards

RECIPE, THREADS, ROUNDS, STEPS = "default", 2, 5, 12
_SET_BYTES, _TIMES = 512 << 20, 4
_MOST_RATIO = 1 / 0.9
_MEMORY, _DISK = "in memory", "from shards, a quarter of them in memory"


def both(side: int, device: torch.device, folder: Path) -> dict[str, Resident]:
    """The same films and targets in memory and on disk."""
    films = _SET_BYTES // (2 * side * side)
    shape = (films, 1, side, side)
    present = np.arange(films) % 2 == 0
    ids = tuple(map(str, range(films)))
    noise = np.random.default_rng(0).random((64, side, side), dtype=np.float32)
    most = math.prod(shape) // _TIMES
    shards = [write_shards(folder / kind, shape, lambda row: noise[row % 64], most) for kind in ("films", "targets")]
    whole = [each.read(np.arange(films)).to(device) for each in shards]
    return {
        _DISK: Resident(*shards, present, device, ids),
        _MEMORY: Resident(*whole, present, device, ids),
    }


def epochs(stretch: Stretch, session: Session) -> Callable[[], float]:
    """A call that trains an epoch of other films than the last one and gives the seconds of a step."""

    def epoch() -> None:
        train_epoch(stretch, session)
        session.epoch += 1
        if stretch.films.device.type == "cuda":
            torch.cuda.synchronize()

    timed_epoch = timed(epoch)

    def contestant() -> float:
        for planes in (stretch.films.films, stretch.films.targets):
            if isinstance(planes, Shards):
                planes.drop()
        return timed_epoch() / STEPS

    return contestant


def to_rows(what: str, times: dict[str, Times], where: str) -> list[Row]:
    """A step either way; from shards it may take 1 / 0.9 as long."""
    share = ratio(times[_DISK], times[_MEMORY])
    return [
        replace(
            Row.of(f"{what}: a step {name}", taken),
            baseline=_MEMORY if name == _DISK else "",
            ratio=share if name == _DISK else None,
            most_ratio=_MOST_RATIO if name == _DISK else None,
            machine=where,
        )
        for name, taken in times.items()
    ]


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--batch", type=int, default=8)
    options = parser.parse_args()
    warn_if_busy()
    torch.set_num_threads(THREADS)
    device = torch.device(options.device)
    recipe = load_recipe(RECIPE)
    stage = recipe.stages[0].model_copy(
        update={"resolution": options.side, "batch": options.batch, "films": STEPS * options.batch}
    )
    recipe = recipe.model_copy(update={"network": recipe.network.untrained(), "stages": (stage,)})
    session, spec = start_session(recipe, device), input_spec(recipe, options.side)
    with tempfile.TemporaryDirectory() as folder:
        films = both(options.side, device, Path(folder))
        ways = {
            name: epochs(Stretch(recipe, stage, 0, spec, each, each, session.network, lambda _at: None), session)
            for name, each in films.items()
        }
        times = alternate(ways, options.rounds)
    where = machine() if device.type == "cpu" else f"{torch.cuda.get_device_name(device)}, {machine()}"
    what = f"training, {RECIPE}, {options.batch} films at {options.side}, {_SET_BYTES >> 20} MB of films"
    rows = to_rows(what, times, where)
    show(rows)
    write_rows(results_file("train_beyond_memory"), rows)


if __name__ == "__main__":
    main()
