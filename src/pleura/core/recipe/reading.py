"""From tables to a recipe, with errors that name the nearest key."""

import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from pleura.core.errors import RecipeError
from pleura.core.recipe.nearest import suggest
from pleura.core.recipe.recipe import Recipe
from pleura.core.recipe.tables import SYSTEM, Tables, find, read_tables
from pleura.core.strict import Strict

StrictT = TypeVar("StrictT", bound=Strict)


def load_recipe(name_or_path: str) -> Recipe:
    """Read one training run by the name of a shipped recipe (`default`, `sneddy2019/resnet34`) or by its path.

    Raises:
        RecipeError: no such recipe, no valid TOML, an unknown key or a value out of range, or a system of several
            training runs.
    """
    path = find(name_or_path)
    if path.name == SYSTEM:
        parts = ", ".join(
            sorted(f"{name_or_path}/{file.stem}" for file in path.parent.glob("*.toml") if file != path)
        )
        raise RecipeError(name_or_path, "is made of several training runs", f"Name one of them: {parts}.")
    return parse_recipe(read_tables(path), path)


def parse_recipe(content: Tables, path: str | Path) -> Recipe:
    """Check a recipe's content; `path` names it in errors.

    Raises:
        RecipeError: a key that is unknown or missing, an unknown name or a value out of range, with those allowed.
    """
    return parse(Recipe, content, path)


def parse(kind: type[StrictT], content: Tables, path: str | Path) -> StrictT:
    """The same for any other kind of content.

    Raises:
        RecipeError: as `parse_recipe`.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            allowed = _keys_beside(kind, first["loc"])
            raise RecipeError(path, f"unknown key {where!r}", suggest(str(first["loc"][-1]), allowed)) from error
        if first["type"] == "literal_error":
            allowed = re.findall(r"'([^']*)'", first["ctx"]["expected"])
            reason = f"{where} = {first['input']!r} is not known"
            raise RecipeError(path, reason, suggest(str(first["input"]), allowed)) from error
        if first["type"] == "missing":
            raise RecipeError(path, f"lacks the key {where!r}", "Add it.") from error
        reason = f"{where} = {first['input']!r}: {first['msg']}" if where else first["msg"]
        raise RecipeError(path, reason, "Give a value in that range.") from error


def _keys_beside(model: Any, location: tuple[int | str, ...]) -> list[str]:  # noqa: ANN401 - walks annotations
    """Names of the keys allowed where `location` ends."""
    for step in location[:-1]:
        if isinstance(step, str):
            model = _model_in(model.model_fields[step].annotation)
    return sorted(model.model_fields)


def _model_in(annotation: Any) -> Any:  # noqa: ANN401 - walks annotations
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        return annotation
    inner = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)
