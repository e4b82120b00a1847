"""Find a recipe's file and read its tables, laid over those of the recipe that it extends.

```toml
extends = "roque2025"              # a shipped recipe, or another .toml beside this file
without = ["input.crop", "loss"]   # what of it is left out first; stages.0.patience is of the first stage
name = "roque2025-mended"          # name, summary and reported figure are never inherited
summary = "..."

[optimiser]
name = "adamw"                     # a table is merged key by key; an array takes the place of the other's
```
"""

import tomllib
from pathlib import Path
from typing import Any

from pleura.core.errors import RecipeError
from pleura.core.recipe.nearest import suggest

SHIPPED = Path(__file__).parents[2] / "recipes"
SYSTEM = "system.toml"
"""The file that makes a folder a system of several parts."""

Tables = dict[str, Any]
_OWN = ("name", "summary", "reported")
_EXTENDS, _WITHOUT = "extends", "without"


def shipped_names() -> list[str]:
    """Names of the recipes inside this package: single files, and folders of several parts."""
    folders = (path.parent.name for path in SHIPPED.glob(f"*/{SYSTEM}"))
    return sorted([*(path.stem for path in SHIPPED.glob("*.toml")), *folders])


def find(name_or_path: str) -> Path:
    """The file of a shipped recipe, of one part of it (`sneddy2019/resnet34`), or of a path: TOML file or folder.

    Raises:
        RecipeError: nothing of that name.
    """
    given = Path(name_or_path)
    if given.suffix == ".toml":
        return given
    for place in (SHIPPED / f"{name_or_path}.toml", SHIPPED / name_or_path / SYSTEM, given / SYSTEM):
        if place.is_file():
            return place
    raise RecipeError(name_or_path, "no shipped recipe of this name", suggest(name_or_path, shipped_names()))


def read_tables(path: Path, above: tuple[Path, ...] = ()) -> Tables:
    """Read a TOML file, laid over what it extends; `above` are the files that extend this one.

    Raises:
        RecipeError: it cannot be read, is no valid TOML, or extends what cannot be extended.
    """
    content = _read_toml(path)
    if _EXTENDS not in content:
        return content
    named, dropped = content.pop(_EXTENDS), content.pop(_WITHOUT, [])
    if not isinstance(named, str) or not isinstance(dropped, list):
        reason = f"{_EXTENDS} must be one name and {_WITHOUT} a list of dotted keys"
        raise RecipeError(path, reason, "Write them as pleura.core.recipe.tables shows.")
    base_path = path.parent / named if named.endswith(".toml") else find(named)
    if base_path.resolve() in [file.resolve() for file in (*above, path)]:
        raise RecipeError(path, f"extends {named}, which in turn extends this file", "Break the circle.")
    base = read_tables(base_path, (*above, path))
    for key in _OWN:
        base.pop(key, None)
    for place in dropped:
        _leave_out(base, str(place), path)
    return _lay_over(base, content)


def _read_toml(path: Path) -> Tables:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RecipeError(path, f"cannot be read: {error.strerror}", "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(path, f"is no valid TOML: {error}", "Mend the line it names.") from error


def _lay_over(base: Tables, upper: Tables) -> Tables:
    """`base` with the keys of `upper`, tables merged, everything else replaced."""
    merged = dict(base)
    for key, value in upper.items():
        below = base.get(key)
        merged[key] = _lay_over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _leave_out(tables: Tables, place: str, path: Path) -> None:
    """Remove the key at a dotted place, which must be there: leaving out nothing is a mistake."""
    *steps, last = place.split(".")
    inner: object = tables
    for step in steps:
        if isinstance(inner, list):
            inner = dict(enumerate(inner)).get(int(step)) if step.isdecimal() else None
        else:
            inner = inner.get(step) if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or last not in inner:
        remedy = suggest(last, inner if isinstance(inner, dict) else tables)
        raise RecipeError(path, f"{_WITHOUT} names {place!r}, which the other recipe lacks", remedy)
    del inner[last]
