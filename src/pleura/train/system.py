"""Train a whole system: every part, every fold, one after another, each in a folder of its own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pleura.core.errors import TrainingError
from pleura.core.files import write_text
from pleura.core.recipe import Part, System
from pleura.data import Dataset
from pleura.evidence.out_of_fold import CASES, read_out_of_fold, write_joined
from pleura.evidence.system_maps import HELD_OUT, SYSTEM
from pleura.predict.lungs import SHIPPED_LUNGS
from pleura.train.around_lungs import around_lungs
from pleura.train.fold_curves import write_fold_curves
from pleura.train.folds import deal_folds
from pleura.train.held_out import write_held_out
from pleura.train.loop import RECIPE, train
from pleura.train.plan import Report, RunPlan
from pleura.train.report import Member, write_system_report
from pleura.train.resident import Pool


@dataclass(frozen=True)
class Choice:
    """Which runs of a system to train: those of one part, of one fold (counted from 1), or all."""

    part: str | None = None
    fold: int | None = None


@dataclass(frozen=True)
class Job:
    """One training run of a system; `fold` is None where the part has none."""

    part: Part
    fold: int | None
    folder: Path

    @property
    def title(self) -> str:
        """What to call it."""
        return self.part.name if self.fold is None else f"{self.part.name} fold {self.fold}"


Announce = Callable[[Job, int, int], None]
"""Told of each run as it begins: the run, its number from 1, and how many there are."""


def system_jobs(system: System, folder: Path) -> list[Job]:
    """All runs of a system in their order: RUN/PART/fold-K, RUN/PART without folds, RUN where one network is all."""
    jobs = []
    for part in system.parts:
        home = folder if system.single else folder / part.name
        folds = part.recipe.folds
        jobs += [Job(part, None, home)] if folds == 1 else _fold_jobs(part, home)
    return jobs


def _fold_jobs(part: Part, home: Path) -> list[Job]:
    return [Job(part, number, home / f"fold-{number}") for number in range(1, part.recipe.folds + 1)]


def train_system(
    system: System,
    dataset: Dataset,
    folder: Path,
    plan: RunPlan,
    report: Report,
    choice: Choice = Choice(),
    announce: Announce = lambda _job, _number, _total: None,
) -> list[Job]:
    """Train a system, or what is chosen of it; a run that has ended stays as it is where `plan.resume` is set.

    Each fold's networks leave what they say of their held-out films (`oof`); once all folds of a part are there, so
    do the folds together, with their mean curves.

    Args:
        system: what to train.
        dataset: a prepared data set; folds are dealt from its `train` films.
        folder: takes system.json, every run and, of several, report.html.
        plan: as for one run; its films are the folds' and must not be given.
        report: called after every step.
        choice: which runs.
        announce: called as each run begins.

    Returns:
        The runs that were trained.

    Raises:
        RecipeError: as `pleura.train.loop.train`.
        TrainingError: the same; no such part or fold; an option that no part uses; another system's folder.
        DatasetError: too few patients for the folds.
    """
    jobs = _chosen(system, folder, choice)
    _check_options(system, plan)
    if plan.resume and not holds_a_run(folder):
        raise TrainingError(f"{folder}: no run to resume", "Start this run without --resume, or name its folder.")
    _claim(system, folder)
    members = [Member(job.title, job.part.name, job.part.recipe, job.folder) for job in system_jobs(system, folder)]
    for number, job in enumerate(jobs, start=1):
        announce(job, number, len(jobs))
        _train_job(job, dataset, replace(plan, shards=_own_shards(plan.shards, job, folder)), report)
        if not system.single:
            write_system_report(folder, system, members)
    return jobs


def holds_a_run(folder: Path) -> bool:
    """Whether a run began in a folder, so that it can be resumed."""
    return any((folder / name).exists() for name in (SYSTEM, RECIPE))


def _train_job(job: Job, dataset: Dataset, plan: RunPlan, report: Report) -> None:
    recipe = job.part.recipe
    mine = replace(
        plan,
        resume=plan.resume and (job.folder / RECIPE).exists(),
        lungs=(plan.lungs or SHIPPED_LUNGS) if recipe.input.lung_crop is not None else None,
        unlabelled=plan.unlabelled if recipe.consistency is not None else None,
    )
    if job.fold is None:
        train(recipe, dataset, job.folder, mine, report)
        return
    fold = deal_folds(dataset, recipe.folds, recipe.seed)[job.fold - 1]
    train(recipe, dataset, job.folder, replace(mine, train_films=fold.train, val_films=fold.held), report)
    if not (job.folder / HELD_OUT / CASES).exists():
        held = around_lungs(Pool(dataset, fold.held), recipe, mine.lungs)
        write_held_out(job.folder, held, fold.number, mine, job.folder / HELD_OUT)
    _join_folds(job)


def _own_shards(shards: Path | None, job: Job, folder: Path) -> Path | None:
    """Takes one run's films: each drops its own at its end, while others may train."""
    place = "-".join(("", *job.folder.relative_to(folder).parts))
    return None if shards is None else shards.with_name(shards.name + place)


def _join_folds(job: Job) -> None:
    """Put the folds of a part together once all of them are there."""
    home = job.folder.parent
    runs = [other.folder for other in _fold_jobs(job.part, home)]
    if all((run / HELD_OUT / CASES).exists() for run in runs):
        write_joined([read_out_of_fold(run / HELD_OUT) for run in runs], home / HELD_OUT)
        write_fold_curves(runs, home / "curves.png", job.part.recipe.validation.monitor)


def _chosen(system: System, folder: Path, choice: Choice) -> list[Job]:
    jobs = system_jobs(system, folder)
    names = [part.name for part in system.parts]
    if choice.part is not None and choice.part not in names:
        raise TrainingError(f"{system.name} has no part {choice.part!r}", f"Its parts: {', '.join(names)}.")
    mine = [job for job in jobs if choice.part in (None, job.part.name)]
    found = [job for job in mine if choice.fold in (None, job.fold)]
    if not found:
        most = max(job.part.recipe.folds for job in mine)
        remedy = "Leave --fold out." if most == 1 else f"Folds are counted from 1 to {most}."
        raise TrainingError(f"{system.name} has no fold {choice.fold}", remedy)
    return found


def _check_options(system: System, plan: RunPlan) -> None:
    """Refuse what would have no effect: it was asked for because somebody expects one."""
    recipes = [part.recipe for part in system.parts]
    if plan.lungs is not None and all(recipe.input.lung_crop is None for recipe in recipes):
        raise TrainingError(f"--lungs: no part of {system.name} crops to the lungs", "Leave it out.")
    if plan.unlabelled is not None and all(recipe.consistency is None for recipe in recipes):
        raise TrainingError(f"--unlabelled: no part of {system.name} has a table consistency", "Leave it out.")


def _claim(system: System, folder: Path) -> None:
    """Write system.json, or check that it says the same; one whose first run failed to begin claims nothing."""
    path, content = folder / SYSTEM, system.model_dump_json(indent=1) + "\n"
    if path.exists() and path.read_text("utf-8") == content:
        return
    if path.exists() and any(folder.rglob(RECIPE)):
        raise TrainingError(f"{folder} holds a run of another system, recipe or budget", "Name another folder.")
    write_text(path, content)
