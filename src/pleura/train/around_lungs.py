"""A run's films as a recipe with a lung crop sees them."""

from dataclasses import replace
from itertools import groupby
from pathlib import Path

from pleura.core.errors import RecipeError
from pleura.core.recipe import Recipe
from pleura.core.spec import Crop
from pleura.train.lungs import lung_windows
from pleura.train.resident import Pool


def around_lungs(pool: Pool, recipe: Recipe, lungs: Path | None) -> Pool:
    """The same films, each with the window around its lungs where the recipe crops to them.

    Args:
        pool: the films.
        recipe: what is trained.
        lungs: a model file whose mask is the lungs.

    Raises:
        RecipeError: the recipe crops to the lungs and no model finds them, or the other way round.
        ModelFileError: no valid model file.
    """
    asked = recipe.input.lung_crop
    if asked is None:
        if lungs is not None:
            remedy = "Leave --lungs out, or take a recipe with [input.lung_crop]."
            raise RecipeError(recipe.name, "does not crop to the lungs", remedy)
        return pool
    if lungs is None:
        reason = "[input.lung_crop] crops to the lungs, and no model that finds them was given"
        raise RecipeError(recipe.name, reason, "Name one with --lungs MODEL.")
    crops: list[Crop] = []
    for _, films in groupby(pool.films, key=lambda film: id(film[0])):
        group = list(films)
        crops += lung_windows(group[0][0], [index for _, index in group], lungs, asked)
    return replace(pool, crops=tuple(crops))
