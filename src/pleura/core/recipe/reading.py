"""From a TOML file to a recipe, with errors that name the nearest key."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pleura.core.errors import RecipeError
from pleura.core.recipe.recipe import Recipe
from pleura.core.spec import Strict

SHIPPED = Path(__file__).parents[2] / "recipes"


def load_recipe(name_or_path: str) -> Recipe:
    """Read a recipe by the name of a shipped one or by its path.

    Raises:
        RecipeError: no such recipe, no valid TOML, an unknown key or a value out of range.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = SHIPPED / f"{name_or_path}.toml"
        if not path.is_file():
            allowed = sorted(file.stem for file in SHIPPED.glob("*.toml"))
            raise RecipeError(name_or_path, "no shipped recipe of this name", _suggest(name_or_path, allowed))
    try:
        return parse_recipe(tomllib.loads(path.read_text("utf-8")), path)
    except OSError as error:
        raise RecipeError(path, f"cannot be read: {error.strerror}", "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(path, f"is no valid TOML: {error}", "Mend the line it names.") from error


def parse_recipe(content: dict[str, Any], path: str | Path) -> Recipe:
    """Check a recipe's content; `path` names it in errors.

    Raises:
        RecipeError: a key that is unknown or missing, an unknown name or a value out of range, with those allowed.
    """
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            allowed = _keys_beside(Recipe, first["loc"])
            remedy = _suggest(str(first["loc"][-1]), allowed)
            raise RecipeError(path, f"unknown key {where!r}", remedy) from error
        if first["type"] == "literal_error":
            allowed = re.findall(r"'([^']*)'", first["ctx"]["expected"])
            reason = f"{where} = {first['input']!r} is not known"
            raise RecipeError(path, reason, _suggest(str(first["input"]), allowed)) from error
        if first["type"] == "missing":
            raise RecipeError(path, f"lacks the key {where!r}", "Add it.") from error
        reason = f"{where or 'recipe'} = {first['input']!r}: {first['msg']}"
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


def _suggest(name: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(name, allowed, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"{hint}Allowed: {', '.join(allowed)}."
