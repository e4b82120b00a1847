"""From a recipe back to a TOML file: every value stated, none left to a default."""

import json
from collections.abc import Mapping
from typing import Any

from pleura.core.recipe.recipe import Recipe


def recipe_toml(recipe: Recipe) -> str:
    """The whole recipe as TOML; reading it again gives an equal recipe."""
    return to_toml(recipe.model_dump(mode="json"))


def to_toml(content: Mapping[str, Any]) -> str:
    """Write tables, arrays and plain values as TOML; TOML has no null, so that a key without a value is left out."""
    return "\n".join(_table((), content)).lstrip("\n") + "\n"


def _table(path: tuple[str, ...], content: Mapping[str, Any]) -> list[str]:
    """The lines of one table: its own values first, since a key below a sub-table would belong to that one."""
    known = {key: value for key, value in content.items() if value is not None}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in known.items() if not _is_below(value)]
    for key, value in known.items():
        here = (*path, key)
        name = ".".join(map(_key, here))
        if isinstance(value, Mapping):
            lines += ["", f"[{name}]", *_table(here, value)]
        elif _is_below(value):
            for row in value:
                lines += ["", f"[[{name}]]", *_table(here, row)]
    return lines


def _is_below(value: Any) -> bool:  # noqa: ANN401 - whatever a recipe holds
    """Whether a value stands under a header of its own: a table, or an array of tables."""
    return isinstance(value, Mapping) or (isinstance(value, list) and value != [] and isinstance(value[0], Mapping))


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:  # noqa: ANN401 - whatever a recipe holds
    """JSON writes strings, numbers, truth and lists of them as TOML does, as long as letters stay as they are."""
    return json.dumps(value, ensure_ascii=False)
