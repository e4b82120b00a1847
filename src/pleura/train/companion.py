"""What a recipe's mean teacher adds to a run: unlabelled films, a loss term a step and a state of its own."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pleura.core.errors import DatasetError, RecipeError, TrainingError
from pleura.core.recipe import Consistency, Recipe, Stage
from pleura.data import load_dataset
from pleura.data.overlap import strangers
from pleura.train.around_lungs import around_lungs
from pleura.train.check import check_films
from pleura.train.consistency import MeanTeacher, disagreement, draw_views, see, weight_at
from pleura.train.plan import RunPlan
from pleura.train.resident import Pool, film_planes, input_spec
from pleura.train.session import Forward, Session
from pleura.train.settle import Run
from pleura.train.shards import take
from pleura.train.validate import infer

TERM = "consistency"
"""The term's name among those of the loss."""


class UnlabelledLearning:
    """A mean teacher and the films that it teaches on, whose labels are never read: a run's `Companion`.

    In data-parallel training every process draws the same films, and the term is the same in each.
    """

    def __init__(
        self, student: nn.Module, recipe: Recipe, consistency: Consistency, films: Pool, cache: Path, most: int | None
    ) -> None:
        self.teacher = MeanTeacher(student, consistency)
        self.films = films
        self._recipe, self._consistency, self._cache, self._most = recipe, consistency, cache, most
        self._device = next(student.parameters()).device

    def enter(self, stage: Stage) -> None:
        """Make its films ready at a stage's resolution."""
        self._stage, self._spec = stage, input_spec(self._recipe, stage.resolution)
        self._planes = film_planes(self.films, self._recipe, stage.resolution, self._device, self._cache, self._most)

    def term(self, network: Forward, epoch: int, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """What is added to a step's loss: the recipe's weight times how far student and teacher are apart."""
        recipe, consistency = self._recipe, self._consistency
        views = draw_views(len(self._planes), recipe.augmentation, consistency, (recipe.seed, epoch, step))
        films = take(self._planes, np.asarray(views.rows, dtype=np.int64), self._device).float() / 255
        ours, theirs = see(films, views, self._stage.crop)
        with torch.no_grad():
            told = infer(self.teacher.network, theirs, recipe, self._spec)
        gap = disagreement(infer(network, ours, recipe, self._spec), told, consistency.label)
        return weight_at(consistency, epoch) * gap, {TERM: gap.detach()}

    def follow(self, network: nn.Module, epoch: int) -> None:
        """Let the teacher take in the student's weights after a step."""
        self.teacher.follow(network, epoch)

    def state_dict(self) -> dict[str, Any]:
        """The teacher's weights, and which films it teaches on."""
        return {"network": self.teacher.network.state_dict(), "data_sha256": self.films.dataset.record.sha256}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint.

        Raises:
            TrainingError: it learned from other unlabelled films.
        """
        if state["data_sha256"] != self.films.dataset.record.sha256:
            reason = "the checkpoint learned from another set of unlabelled films"
            raise TrainingError(reason, "Resume with the run's own --unlabelled.")
        self.teacher.network.load_state_dict(state["network"])


def accompany(run: Run, session: Session) -> None:
    """Give a fresh session its mean teacher, which begins as a twin of the network, where the recipe has one."""
    consistency = run.recipe.consistency
    if consistency is not None and run.unlabelled is not None:
        films, most = run.unlabelled, run.room(run.unlabelled)
        session.companion = UnlabelledLearning(session.network, run.recipe, consistency, films, run.cache, most)


def unlabelled_films(recipe: Recipe, plan: RunPlan, judged: Pool) -> Pool | None:
    """The films that a recipe learns from without their labels; None where it asks for none.

    Films that the run is judged on, or that stand in the splits `val` and `test` of its data set, are left out under
    whatever name.

    Raises:
        RecipeError: the recipe asks for such films and there are none, or the other way round.
        DatasetError: no data set, or no film of it is left.
        TrainingError: a stage is finer than its films, or they stand under a display curve that the model lacks.
    """
    if recipe.consistency is None:
        if plan.unlabelled is not None:
            remedy = "Leave --unlabelled out, or take a recipe with [consistency]."
            raise RecipeError(recipe.name, "learns nothing from unlabelled films", remedy)
        return None
    if plan.unlabelled is None:
        reason = "[consistency] learns from unlabelled films, and none were given"
        raise RecipeError(recipe.name, reason, "Name a prepared data set with --unlabelled FOLDER.")
    other, dataset = load_dataset(plan.unlabelled), judged.dataset
    check_films(recipe, other)
    held = np.unique(np.concatenate((judged.indices, dataset.indices("val"), dataset.indices("test"))))
    films = strangers(other, np.arange(len(other)), dataset, held)
    if films.size == 0:
        reason = f"each of its films is one that the run is judged on with {dataset.folder}"
        raise DatasetError(other.folder, reason, "Name a folder of other films.")
    return around_lungs(Pool(other, films), recipe, plan.lungs)
