"""Whether a data set can be trained on by a recipe, found out before the first step."""

import hashlib

import numpy as np

from pleura.core.errors import TrainingError
from pleura.core.metrics import OVERLAP_NAMES
from pleura.core.recipe import DECODER_STEPS, Recipe, Stage
from pleura.data import Dataset
from pleura.train.resident import Pool

_OF_POSITIVES = (
    "loss",
    *(name for name in OVERLAP_NAMES if name.startswith(("dice_positives", "pooled_"))),
)
"""What may be monitored where every film has a pneumothorax; all else is undefined there or a part of it."""


_LOOKED_INTO = 64


def look_into(pool: Pool) -> str:
    """A hash of the pixels and masks of up to 64 films, evenly spread over a pool.

    A data set's record tells its tables, and not whether the copy of a machine is whole: hashing all of its pixels
    would take minutes, and one that ended early, or is another's, differs in these.
    """
    films = pool.films
    found = hashlib.sha256()
    for row in np.linspace(0, len(films) - 1, min(_LOOKED_INTO, len(films))).round().astype(np.int64):
        dataset, index = films[row]
        found.update(dataset.images[index].tobytes())
        found.update(dataset.packed[index].tobytes())
    return found.hexdigest()


def check_data(recipe: Recipe, train: Pool, val: Pool) -> None:
    """Fail before training where a data set's films do not suit a recipe.

    Raises:
        DatasetError: its films have no labels.
        TrainingError: a split lacks films with a pneumothorax, or those without that the recipe asks for; a stage
            is finer than the stored films; films were stored under a display curve that the recipe's model would not
            apply to a film; a batch is of one film where batch norm needs two.
    """
    check_batches(recipe)
    train.dataset.need_truth()
    for split, pool in (("train", train), ("val", val)):
        present = pool.present
        lacking = not present.any() or (present.all() and _needs_negatives(recipe))
        if lacking:
            found = f"{present.sum()} of {len(present)} films with a pneumothorax"
            remedy = "Prepare the set so that both kinds are in it."
            raise TrainingError(f"{pool.dataset.folder}: split {split!r} has {found}", remedy)
    check_films(recipe, train.dataset)
    if train.lesson is not None and train.lesson.other is not None:
        check_films(recipe, train.lesson.other)


def _needs_negatives(recipe: Recipe) -> bool:
    """Whether a recipe draws negatives, tells films apart as a whole, or monitors what is undefined without any.

    Some sets hold no negatives by design (PTX-498, outlined lungs), and some recipes ask for none.
    """
    draws = any(stage.positive_rate not in (None, 1.0) for stage in recipe.stages)
    return draws or recipe.network.label or recipe.validation.monitor not in _OF_POSITIVES


def check_batches(recipe: Recipe) -> None:
    """Fail before training where batch norm would find one value a channel, which has no variance.

    Raises:
        TrainingError: a stage's batch or the unlabelled films of a step are too few for the recipe's network.
    """
    unlabelled = None if recipe.consistency is None else recipe.consistency.films
    for number, stage in enumerate(recipe.stages, 1):
        least = least_batch(recipe, stage)
        for key, films in ((f"stage {number}: batch", stage.batch), ("consistency.films", unlabelled)):
            if films is not None and films < least:
                reason = f"{key} = {films} leaves batch norm one value a channel, which has no variance"
                raise TrainingError(f"{recipe.name}: {reason}", f"Take {least} or more films, or another network.")


def least_batch(recipe: Recipe, stage: Stage) -> int:
    """How many films the network must see together in training: 2 where it normalises maps of one pixel, else 1."""
    network = recipe.network
    pools = network.bottleneck == "aspp" or network.architecture == "deeplabv3plus"  # the mean over the film
    ends_in_one = (stage.crop or stage.resolution) == 2**DECODER_STEPS and not network.freeze_batch_norm
    return 2 if pools or ends_in_one else 1


def check_films(recipe: Recipe, dataset: Dataset) -> None:
    """Fail before training where a data set's stored films do not suit a recipe, whatever their labels.

    Raises:
        TrainingError: a stage is finer than they are, or they stand under a display curve that the recipe's model
            would not apply to a film.
    """
    stored, finest = dataset.record.side, max(stage.resolution for stage in recipe.stages)
    if finest > stored:
        reason = f"{dataset.folder} stores {stored} x {stored} pixels, a stage of {recipe.name} wants {finest}"
        raise TrainingError(reason, f"Prepare the set with --side {finest}: films of the clinic are sharp.")
    kind, curved = recipe.input.contrast.kind, dataset.record.displayed
    if curved and kind != "voi_percentile":
        reason = f"{dataset.folder}: {curved} films are stored under their header's display curve"
        remedy = f'A model with contrast "{kind}" would not apply it: take "voi_percentile", or films without one.'
        raise TrainingError(reason, remedy)
