"""`pleura train`: train a model by a recipe."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter, validators

from pleura.cli.console import need_extra, say
from pleura.cli.training_display import TrainingDisplay
from pleura.core.errors import TrainingError
from pleura.core.recipe import load_recipe


def train(
    recipe: str,
    /,
    *,
    data: Annotated[Path, Parameter(help="A folder that `pleura prepare` made.")],
    out: Annotated[Path, Parameter(help="Takes checkpoints, curves and the journal of the run.")],
    resume: Annotated[bool, Parameter(negative="")] = False,
    start_from: Path | None = None,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    threads: Annotated[int | None, Parameter(validator=validators.Number(gte=1))] = None,
) -> None:
    """Train RECIPE, the name of a shipped recipe or the path of a TOML file.

    Parameters
    ----------
    recipe
        The name of a shipped recipe, such as default, or the path of a TOML file.
    resume
        Go on with the run in --out from its last checkpoint.
    start_from
        A checkpoint whose network this run starts with, as for further training at a finer resolution.
    device
        `auto` takes a GPU where there is one; `cpu` or `cuda` insist.
    threads
        Threads on a CPU; equal threads give equal weights.
    """
    need_extra("torch", "train")
    asked = load_recipe(recipe)  # before torch, which takes seconds to import
    import torch

    from pleura.data import load_dataset
    from pleura.train.loop import train as run
    from pleura.train.plan import RunPlan

    if threads is not None:
        torch.set_num_threads(threads)
    has_cuda = torch.cuda.is_available()
    if device == "cuda" and not has_cuda:
        raise TrainingError("torch finds no CUDA device", "Take --device cpu, or install torch for this GPU.")
    chosen = ("cuda" if has_cuda else "cpu") if device == "auto" else device
    where, films = torch.device(chosen), load_dataset(data)
    with TrainingDisplay() as display:
        records = run(asked, films, out, RunPlan(where, resume, start_from), display)
    say(f"{out}: trained {len(records)} epochs; best checkpoint in best.pt, curves in curves.png")
