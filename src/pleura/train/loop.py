"""The training loop: stages of epochs, each ending in a journal and a checkpoint."""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from pleura.core.errors import TrainingError
from pleura.core.files import write_text
from pleura.core.recipe import Recipe, Target
from pleura.data import Dataset
from pleura.train.account import Account
from pleura.train.around_lungs import around_lungs
from pleura.train.check import check_data, look_into
from pleura.train.checkpoint import BEST, LAST, load_checkpoint
from pleura.train.companion import accompany, unlabelled_films
from pleura.train.epoch import Stretch, train_epoch
from pleura.train.faults import naming_a_full_disk
from pleura.train.journal import EpochRecord, write_journal
from pleura.train.keep import close, load_kept
from pleura.train.lesson import learn_from
from pleura.train.memory import explaining_no_memory
from pleura.train.plan import Report, RunPlan
from pleura.train.preview import write_preview
from pleura.train.resident import Pool, input_spec, make_resident
from pleura.train.session import Session, adopt, go_on_from, start_session, unpack
from pleura.train.settle import Run, average_epochs, close_epoch, settle_kept
from pleura.train.validate import Watcher, check_monitor, validate
from pleura.train.world import differing, here, wait

RECIPE = "recipe.json"


def train(recipe: Recipe, dataset: Dataset, folder: Path, plan: RunPlan, report: Report) -> list[EpochRecord]:
    """Train a recipe on a data set's `train` films, choosing the best checkpoint on its `val` films.

    On a CPU with equal threads a run that was killed and resumed gives the same weights bit for bit. A run that has
    ended stays as it is.

    Args:
        recipe: what to train.
        dataset: a prepared data set.
        folder: takes recipe.json, augmentation.png, metrics.jsonl, timing.json, curves.png, report.html, last.pt and
            best.pt, and best-1.pt to best-k.pt where the recipe keeps several.
        plan: where, from what, and on which films if not the data set's splits.
        report: called after every step.

    Raises:
        RecipeError: the monitored metric does not exist, or a model that finds the lungs is missing.
        TrainingError: a data set that the recipe cannot be trained on, a run already in the folder or none to
            resume, processes that see different files, a loss that is not finite, a monitored metric that was never
            defined, no memory, a full disk.
    """
    check_monitor(recipe)
    films = Pool(dataset, dataset.indices("train") if plan.train_films is None else plan.train_films)
    judged = Pool(dataset, dataset.indices("val") if plan.val_films is None else plan.val_films)
    if plan.soft is not None:
        lesson = learn_from(plan.soft, recipe.target.soft, dataset, films.indices, judged.indices)
        films = replace(films, lesson=lesson)
    check_data(recipe, films, judged)
    films, judged = (around_lungs(pool, recipe, plan.lungs) for pool in (films, judged))
    unlabelled = unlabelled_films(recipe, plan, judged)
    with naming_a_full_disk(folder):
        run = Run(recipe, films, judged, folder, plan, report, unlabelled)
        session = _open_session(run)
        _check_alike(run, session)
        write_text(folder / RECIPE, recipe.model_dump_json(indent=1) + "\n")
        account, stretch = Account(run, session), None
        while session.stage < len(recipe.stages):
            stretch = None  # its films leave memory before the next stage's come
            stretch = _train_stage(run, session, account)
        if recipe.averaging.swa_epochs > 0 and session.averaged is None:
            average_epochs(run, stretch or _prepare(run, session, len(recipe.stages) - 1), session)
        account.close(session)
        close(folder)
        stretch = session.companion = None  # a network file system keeps a file that is mapped, and its folder
        wait()  # for whoever still reads what is about to go
        shutil.rmtree(run.cache, ignore_errors=True)
        wait()  # else it would take from another what that one writes there next: the films that a fold holds out
    if not (folder / BEST).exists():
        reason = f"{recipe.validation.monitor} was undefined in every validation, so that no epoch is the best"
        raise TrainingError(reason, f"Monitor another metric; the last weights are in {LAST}.")
    return session.records


def _open_session(run: Run) -> Session:
    """A fresh session, or that of the run in the folder, whose journal and best checkpoints are then put in order.

    A kill may have fallen between the last checkpoint and its journal, or before the first checkpoint: then there
    is nothing to go on from, and the seed gives the same weights.
    """
    folder, device, recipe = run.folder, run.plan.device, run.recipe
    last = folder / LAST
    if not run.plan.resume and last.exists():
        raise TrainingError(f"{folder} holds a run already", "Add --resume to go on with it, or name another folder.")
    if run.plan.resume:
        for unfinished in folder.glob(".*.part"):  # a kill left them
            unfinished.unlink()
    if not run.plan.resume or ((folder / RECIPE).exists() and not last.exists()):
        session = start_session(recipe, device, len(run.films.present))
        if run.plan.start_from is not None:
            adopt(session, run.plan.start_from)
        accompany(run, session)
        return session
    state = load_checkpoint(last, device)
    _check_resumed(run, state)
    untrained = recipe.model_copy(update={"network": recipe.network.untrained()})
    session = start_session(untrained, device, len(run.films.present))
    accompany(run, session)
    unpack(state, session)
    write_journal(folder, session.records)
    settle_kept(run, session)
    return session


def _check_resumed(run: Run, state: dict[str, Any]) -> None:
    """Fail where a run would go on otherwise than it began.

    Raises:
        TrainingError: another recipe, data set, choice of films, folder of soft targets or model of the lungs.
    """
    identity = run.identity
    for key, said, own in (
        ("recipe", "was trained with another recipe", "recipe"),
        ("data_sha256", "was trained on another data set", "data"),
        ("films_sha256", "was trained on other films of the set", "fold"),
        ("soft", "learned from other soft targets", "--soft"),
        ("lungs_sha256", "saw films through another model's lungs", "--lungs"),
    ):
        if state.get(key) != identity[key]:
            raise TrainingError(f"the checkpoint {said}", f"Resume with the run's own {own}.")


def _check_alike(run: Run, session: Session) -> None:
    """Fail where processes would train different things together, each on the mean of all gradients.

    Raises:
        TrainingError: other films or pixels, another recipe or another checkpoint than in another process.
    """
    if here().size == 1:
        return
    said = run.identity | {"epochs done": session.epoch, "start_from": session.started_from}
    for kind, pool in (("to train on", run.films), ("to judge by", run.judged), ("without labels", run.unlabelled)):
        said[f"pixels {kind}"] = None if pool is None else look_into(pool)
    if unlike := differing(said):
        remedy = "Give all the same command, and let all machines see the same --data and --out."
        raise TrainingError(f"the processes do not agree on: {', '.join(unlike)}", remedy)


def _train_stage(run: Run, session: Session, account: Account) -> Stretch:
    """Train the rest of the session's stage; the last epoch's checkpoint says that the next one is up."""
    number = session.stage
    if session.stage_epoch == 0 and run.recipe.stages[number].begin == "best" and session.kept:
        go_on_from(session, load_kept(run.folder, session.kept[0].name, run.plan.device)["network"])
    stretch = _prepare(run, session, number)
    write_preview(run.folder / "augmentation.png", stretch.films, run.recipe, stretch.stage.crop)
    while session.stage == number:
        started = time.perf_counter()
        with explaining_no_memory(stretch, session):
            record = train_epoch(stretch, session)
            session.epoch, session.stage_epoch = session.epoch + 1, session.stage_epoch + 1
            metrics = _judge(stretch, session, account.watch)
        seconds = time.perf_counter() - started
        session.records.append(replace(record, seconds=seconds, validation=metrics))
        if metrics:
            account.keep_films(session)
        close_epoch(run, stretch, session, metrics)
        account.close_epoch(session)
    return stretch


def _prepare(run: Run, session: Session, number: int) -> Stretch:
    """Films of a stage at its resolution, and the session's network as it is trained."""
    recipe, device = run.recipe, run.plan.device
    stage = recipe.stages[number]
    # Judged against the masks as they are: one that is thin would vanish where a target is softened.
    bare = recipe.model_copy(update={"target": Target()})
    if session.companion is not None:
        session.companion.enter(stage)
    return Stretch(
        recipe=recipe,
        stage=stage,
        number=number,
        spec=input_spec(recipe, stage.resolution),
        films=make_resident(run.films, recipe, stage.resolution, device, run.cache, run.room(run.films)),
        judged=make_resident(run.judged, bare, stage.resolution, device, run.cache, run.room(run.judged)),
        network=torch.compile(session.network) if recipe.compile else session.network,
        report=run.report,
    )


def _judge(stretch: Stretch, session: Session, watch: Watcher) -> dict[str, float]:
    """The validation metrics after an epoch, none where it is not the turn."""
    if session.epoch % stretch.recipe.validation.every and session.stage_epoch < stretch.stage.epochs:
        return {}
    return validate(session.judged, stretch.judged, stretch.recipe, stretch.spec, 2 * stretch.stage.batch, watch)
